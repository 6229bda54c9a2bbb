//! Random syntax trees of the form that the parser gives.

use girok_query::Span;
use girok_query::ast::{
    Aggregate, AggregateFunction, BinaryOp, CompareOp, Expr, ExprKind, FieldName, Filter, Function, Key,
    Literal, Match, Pipe, Query, SortKey, Stats, Test, Timechart, Top, UnaryOp,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

/// A whole query.
pub(crate) fn query() -> impl Strategy<Value = Query> {
    (prop_oneof![Just(Filter::All), filter()], vec(pipe(), 0..4))
        .prop_map(|(filter, pipes)| Query { filter, pipes })
}

const NAMES: [&str; 10] =
    ["level", "host.name", "@x", "_dataset", "index", "user-agent", "and", "where", "*", "_exists_"];

fn field() -> impl Strategy<Value = FieldName> {
    let name = prop_oneof![select(&NAMES[..]).prop_map(str::to_owned), "[a-z_]{1,6}", "\\PC{1,6}"];
    name.prop_map(|name| FieldName { name, span: Span::default() })
}

fn filter() -> impl Strategy<Value = Filter> {
    condition().prop_map(Filter::Match).prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 2..4).prop_map(Filter::And),
            vec(prop_oneof![9 => inner.clone(), 1 => Just(Filter::All)], 2..4).prop_map(Filter::Or),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
        ]
    })
}

fn condition() -> impl Strategy<Value = Match> {
    let on_field =
        (field(), prop_oneof![text_test(), value_test()]).prop_map(|(field, test)| (Some(field), test));
    let on_text = text_test().prop_map(|test| (None, test));
    prop_oneof![on_field, on_text].prop_map(|(field, test)| Match { field, test, span: Span::default() })
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{1,5}",
        "\\PC{0,8}[a-z]",
        "[\"\\\\/| a]{0,6}x",
        "[0-9.:-]{0,6}1",
        select(&WORDS[..]).prop_map(str::to_owned)
    ]
}

const WORDS: [&str; 8] = ["where", "NOT", "or", "in", "5m", "10.0.0.0/8", "http://x", "conn*"];

/// Tests that need no field.
fn text_test() -> impl Strategy<Value = Test> {
    prop_oneof![
        text().prop_map(Test::Phrase),
        text().prop_map(Test::Substring),
        "[a-z/][a-z/.-]{0,4}".prop_map(Test::Prefix),
        "[a-z/*][a-z/.*?]{0,3}[*?][a-z/]".prop_map(Test::Wildcard),
        "[a-z/ .\"':=-]{0,6}x".prop_map(Test::Regex),
        select(&[r"\d+/\w", r"a\\/b", r"^(a|b) c$", r"\\", r"[/]"][..])
            .prop_map(|re| Test::Regex(re.to_owned())),
    ]
}

fn value_test() -> impl Strategy<Value = Test> {
    let op =
        select(&[CompareOp::Less, CompareOp::LessOrEqual, CompareOp::Greater, CompareOp::GreaterOrEqual][..]);
    prop_oneof![
        Just(Test::Exists),
        prop_oneof![number(), string(), any::<bool>().prop_map(Literal::Bool)].prop_map(Test::Equal),
        (op, ordered()).prop_map(|(op, literal)| Test::Compare(op, literal)),
        (proptest::option::of(ordered()), proptest::option::of(ordered()))
            .prop_map(|(low, high)| Test::Range(low, high)),
        select(&["10.0.0.0/8", "fd00::/8"][..]).prop_map(|network| Test::Cidr(network.to_owned())),
    ]
}

fn number() -> impl Strategy<Value = Literal> {
    // The one integer that is not the negative of another cannot be written in an expression.
    let float = any::<f64>().prop_filter("finite", |n| n.is_finite());
    prop_oneof![(-i64::MAX..=i64::MAX).prop_map(Literal::Int), float.prop_map(Literal::Float)]
}

fn string() -> impl Strategy<Value = Literal> {
    text().prop_map(Literal::Str)
}

fn ordered() -> impl Strategy<Value = Literal> {
    let duration = (0i64..1 << 60).prop_map(|n| Literal::Duration(n / 1000 * 1000));
    prop_oneof![number(), string(), duration]
}

fn expr() -> impl Strategy<Value = Expr> {
    let literal = prop_oneof![ordered(), any::<bool>().prop_map(Literal::Bool), Just(Literal::Null)];
    let leaf = prop_oneof![literal.prop_map(ExprKind::Literal), field().prop_map(ExprKind::Field)];
    leaf.prop_map(spanless).prop_recursive(4, 24, 3, |inner| {
        let pair = (inner.clone(), inner.clone()).prop_map(|(left, right)| (Box::new(left), Box::new(right)));
        prop_oneof![
            (select(&BINARY[..]), pair).prop_map(|(op, (left, right))| ExprKind::Binary(op, left, right)),
            (select(&PATTERN[..]), inner.clone(), text())
                .prop_map(|(op, value, text)| pattern(op, value, text)),
            inner.clone().prop_map(|operand| ExprKind::Unary(UnaryOp::Not, Box::new(operand))),
            inner.clone().prop_map(negated),
            (inner.clone(), vec(inner.clone(), 1..3), any::<bool>())
                .prop_map(|(value, list, negated)| ExprKind::In(Box::new(value), list, negated)),
            vec(inner.clone(), 1..4).prop_map(|arguments| ExprKind::Call(Function::Coalesce, arguments)),
            (inner, 1i64..1000).prop_map(|(value, step)| {
                ExprKind::Call(Function::Bin, vec![value, spanless(ExprKind::Literal(Literal::Int(step)))])
            }),
        ]
        .prop_map(spanless)
    })
}

const BINARY: [BinaryOp; 12] = [
    BinaryOp::Or,
    BinaryOp::And,
    BinaryOp::Equal,
    BinaryOp::NotEqual,
    BinaryOp::Less,
    BinaryOp::GreaterOrEqual,
    BinaryOp::Add,
    BinaryOp::Subtract,
    BinaryOp::Multiply,
    BinaryOp::Divide,
    BinaryOp::Modulo,
    BinaryOp::LessOrEqual,
];

const PATTERN: [BinaryOp; 4] = [BinaryOp::Like, BinaryOp::Contains, BinaryOp::StartsWith, BinaryOp::Has];

fn pattern(op: BinaryOp, value: Expr, text: String) -> ExprKind {
    let text = spanless(ExprKind::Literal(Literal::Str(text)));
    ExprKind::Binary(op, Box::new(value), Box::new(text))
}

/// A sign before a number is part of the number.
fn negated(operand: Expr) -> ExprKind {
    match &operand.kind {
        ExprKind::Literal(Literal::Int(_) | Literal::Float(_) | Literal::Duration(_)) => operand.kind,
        _ => ExprKind::Unary(UnaryOp::Negate, Box::new(operand)),
    }
}

fn spanless(kind: ExprKind) -> Expr {
    Expr { kind, span: Span::default() }
}

fn condition_expr() -> impl Strategy<Value = Expr> {
    (expr(), expr()).prop_map(|(left, right)| {
        spanless(ExprKind::Binary(BinaryOp::Equal, Box::new(left), Box::new(right)))
    })
}

/// An expression that is no constant.
fn field_expr() -> impl Strategy<Value = Expr> {
    expr().prop_filter("no constant", |expr| !matches!(expr.kind, ExprKind::Literal(_)))
}

fn pipe() -> impl Strategy<Value = Pipe> {
    let span = proptest::option::of((1i64..1_000_000).prop_map(|n| n * 1000));
    prop_oneof![
        condition_expr().prop_map(Pipe::Where),
        (aggregates(), keys()).prop_map(|(aggregates, by)| Pipe::Stats(Stats { aggregates, by })),
        (span, aggregates(), keys()).prop_map(|(span_nanos, aggregates, by)| {
            Pipe::Timechart(Timechart { span_nanos, aggregates, by })
        }),
        vec((field_expr(), any::<bool>()), 1..3).prop_map(|keys| {
            Pipe::Sort(keys.into_iter().map(|(expr, descending)| SortKey { expr, descending }).collect())
        }),
        (0u64..1_000_000).prop_map(Pipe::Head),
        vec(field(), 1..4).prop_map(Pipe::Fields),
        (0u64..1000, field()).prop_map(|(limit, field)| Pipe::Top(Top {
            limit,
            fields: vec![field],
            by: Vec::new()
        })),
    ]
}

fn keys() -> impl Strategy<Value = Vec<Key>> {
    vec(field_expr(), 0..3).prop_map(|keys| {
        let named = keys.into_iter().enumerate();
        named.map(|(i, expr)| Key { expr, name: format!("key {i}") }).collect()
    })
}

fn aggregates() -> impl Strategy<Value = Vec<Aggregate>> {
    let function = prop_oneof![
        select(&[AggregateFunction::Count, AggregateFunction::Sum, AggregateFunction::Any][..]),
        (0.0..=100.0).prop_map(AggregateFunction::Percentile),
    ];
    vec((function, expr(), proptest::option::of(expr())), 1..3).prop_map(|aggregates| {
        let named = aggregates.into_iter().enumerate();
        named
            .map(|(i, (function, argument, filter))| Aggregate {
                function,
                argument: Some(argument),
                filter,
                name: format!("agg{i}"),
                span: Span::default(),
            })
            .collect()
    })
}
