//! Reads expressions over one row, by operator precedence: `or`, `and`, `not`, comparisons, sums, products.

use crate::ast::{BinaryOp, Expr, ExprKind, Function, Literal, UnaryOp};
use crate::error::too_deep;
use crate::lex::pipe::PipeKind;
use crate::nearest::nearest;
use crate::parser::{Parser, is_reserved, is_word};
use crate::{ErrorCode, QueryError, Span, functions, limits};

/// How tightly operators bind; `not` and unary minus have their own levels.
pub(crate) mod strength {
    pub(crate) const OR: u8 = 1;
    pub(crate) const AND: u8 = 2;
    pub(crate) const NOT: u8 = 3;
    pub(crate) const COMPARISON: u8 = 4;
    pub(crate) const SUM: u8 = 5;
    pub(crate) const PRODUCT: u8 = 6;
    pub(crate) const SIGN: u8 = 7;
}

/// The strength of an operator with two sides.
pub(crate) fn binary_strength(op: BinaryOp) -> u8 {
    match op {
        BinaryOp::Or => strength::OR,
        BinaryOp::And => strength::AND,
        BinaryOp::Add | BinaryOp::Subtract => strength::SUM,
        BinaryOp::Multiply | BinaryOp::Divide | BinaryOp::Modulo => strength::PRODUCT,
        _ => strength::COMPARISON,
    }
}

/// What stands after an expression and makes a larger one of it.
#[derive(Clone, Copy)]
struct Infix {
    op: InfixOp,
    negated: bool,
    /// How many tokens it takes.
    tokens: usize,
}

#[derive(Clone, Copy)]
enum InfixOp {
    Binary(BinaryOp),
    In,
    IsNull,
}

impl Infix {
    fn strength(self) -> u8 {
        match self.op {
            InfixOp::Binary(op) => binary_strength(op),
            InfixOp::In | InfixOp::IsNull => strength::COMPARISON,
        }
    }
}

impl Parser<'_> {
    /// Reads a whole expression.
    pub(crate) fn expr(&mut self) -> Result<Expr, QueryError> {
        self.expr_from(strength::OR)
    }

    /// Reads an expression of operators that bind at least as tightly as `least`.
    fn expr_from(&mut self, least: u8) -> Result<Expr, QueryError> {
        self.depth += 1;
        if self.depth > limits::DEPTH_MAX {
            return Err(too_deep(self.span()));
        }
        let mut left = self.prefix()?;
        let mut compared = false;
        while let Some(infix) = self.infix() {
            let binds = infix.strength();
            if binds < least {
                break;
            }
            if binds == strength::COMPARISON && std::mem::replace(&mut compared, true) {
                return Err(self.chained());
            }
            compared &= binds >= strength::COMPARISON;
            (0..infix.tokens).for_each(|_| drop(self.advance()));
            left = self.infix_tail(left, infix)?;
        }
        self.depth -= 1;
        Ok(left)
    }

    fn prefix(&mut self) -> Result<Expr, QueryError> {
        let start = self.span();
        let not = self.at_word("not") || self.at_symbol("!");
        if not {
            self.advance();
            let operand = self.expr_from(strength::NOT)?;
            return tall(start.to(operand.span), ExprKind::Unary(UnaryOp::Not, Box::new(operand)));
        }
        if self.eat_symbol("-") {
            let operand = self.expr_from(strength::SIGN)?;
            return negate(start.to(operand.span), operand);
        }
        self.primary()
    }

    /// The operator that stands here, if one does.
    fn infix(&self) -> Option<Infix> {
        if let PipeKind::Symbol(symbol) = self.peek()
            && let Some((op, negated)) = symbol_op(symbol)
        {
            return Some(Infix { op: InfixOp::Binary(op), negated, tokens: 1 });
        }
        if self.at_word("is") {
            return self.is_null();
        }
        let negated = self.at_word("not") || self.at_symbol("!");
        let skipped = usize::from(negated);
        let PipeKind::Name(word) = self.peek_at(skipped) else { return None };
        let is_regex = is_word(self.peek_at(skipped + 1), "regex");
        let (op, words) = match word.to_ascii_lowercase().as_str() {
            "in" => (InfixOp::In, 1),
            "and" if !negated => (InfixOp::Binary(BinaryOp::And), 1),
            "or" if !negated => (InfixOp::Binary(BinaryOp::Or), 1),
            "like" => (InfixOp::Binary(BinaryOp::Like), 1),
            "has" => (InfixOp::Binary(BinaryOp::Has), 1),
            "contains" => (InfixOp::Binary(BinaryOp::Contains), 1),
            "startswith" => (InfixOp::Binary(BinaryOp::StartsWith), 1),
            "matches" if is_regex => (InfixOp::Binary(BinaryOp::Matches), 2),
            _ => return None,
        };
        Some(Infix { op, negated, tokens: skipped + words })
    }

    /// `is null` and `is not null`.
    fn is_null(&self) -> Option<Infix> {
        let negated = is_word(self.peek_at(1), "not");
        let null = 1 + usize::from(negated);
        is_word(self.peek_at(null), "null").then_some(Infix {
            op: InfixOp::IsNull,
            negated,
            tokens: null + 1,
        })
    }

    fn infix_tail(&mut self, left: Expr, infix: Infix) -> Result<Expr, QueryError> {
        let start = left.span;
        let kind = match infix.op {
            InfixOp::Binary(op) => {
                let right = self.expr_from(infix.strength() + 1)?;
                ExprKind::Binary(op, Box::new(left), Box::new(right))
            }
            InfixOp::In => ExprKind::In(Box::new(left), self.in_list()?, infix.negated),
            InfixOp::IsNull => ExprKind::Call(Function::IsNull, vec![left]),
        };
        let wraps = infix.negated && !matches!(infix.op, InfixOp::In);
        let expr = tall(start.to(self.last_span()), kind)?;
        match wraps {
            true => tall(expr.span, ExprKind::Unary(UnaryOp::Not, Box::new(expr))),
            false => Ok(expr),
        }
    }

    fn in_list(&mut self) -> Result<Vec<Expr>, QueryError> {
        let open = self.span();
        if !self.eat_symbol("(") {
            let message = format!("expected `(` after `in`, found {}", self.found());
            return Err(QueryError::new(ErrorCode::Unexpected, open, message)
                .expected(["("])
                .hint("write the values in parentheses: `level in (\"error\", \"fatal\")`"));
        }
        self.arguments(open)
    }

    /// Reads expressions up to the closing parenthesis that belongs to `open`.
    fn arguments(&mut self, open: Span) -> Result<Vec<Expr>, QueryError> {
        let mut arguments = Vec::new();
        if self.eat_symbol(")") {
            return Ok(arguments);
        }
        loop {
            arguments.push(self.expr()?);
            if !self.eat_symbol(",") {
                break;
            }
        }
        self.expect_close(open)?;
        Ok(arguments)
    }

    fn primary(&mut self) -> Result<Expr, QueryError> {
        let span = self.span();
        let literal = match self.peek() {
            PipeKind::Int(n) => Literal::Int(*n),
            PipeKind::Float(n) => Literal::Float(*n),
            PipeKind::Duration(nanos) => Literal::Duration(*nanos),
            PipeKind::Text(text) => Literal::Str(text.clone()),
            PipeKind::Name(_) if self.at_word("true") => Literal::Bool(true),
            PipeKind::Name(_) if self.at_word("false") => Literal::Bool(false),
            PipeKind::Name(_) if self.at_word("null") => Literal::Null,
            PipeKind::Name(_) if self.peek_at(1) == &PipeKind::Symbol("(") => return self.call(),
            PipeKind::Name(name) if is_reserved(name) => return Err(self.expected_expression()),
            PipeKind::Name(_) | PipeKind::BackTicked(_) => {
                return Ok(Expr { kind: ExprKind::Field(self.field()?), span });
            }
            PipeKind::Symbol("(") => return self.parenthesised(),
            _ => return Err(self.expected_expression()),
        };
        self.advance();
        Ok(Expr { kind: ExprKind::Literal(literal), span })
    }

    fn parenthesised(&mut self) -> Result<Expr, QueryError> {
        let open = self.advance().span;
        let inner = self.expr()?;
        self.expect_close(open)?;
        Ok(Expr { kind: inner.kind, span: open.to(self.last_span()) })
    }

    fn call(&mut self) -> Result<Expr, QueryError> {
        let name_span = self.advance().span;
        let name = self.source(name_span);
        if is_reserved(name) {
            return Err(QueryError::new(
                ErrorCode::ExpectedExpression,
                name_span,
                format!("unexpected `{name}`"),
            )
            .hint(format!("a field that is called `{name}` stands in back-ticks")));
        }
        let negated = name.eq_ignore_ascii_case("isnotnull");
        let entry = functions::find(if negated { "isnull" } else { name });
        let Some(entry) = entry else { return Err(unknown_function(name, name_span)) };
        let open = self.advance().span;
        let arguments = self.arguments(open)?;
        let call = tall(name_span.to(self.last_span()), ExprKind::Call(entry.function, arguments))?;
        match negated {
            true => tall(call.span, ExprKind::Unary(UnaryOp::Not, Box::new(call))),
            false => Ok(call),
        }
    }

    fn expected_expression(&self) -> QueryError {
        let message = format!("expected a value or a field{}, found {}", self.after(), self.found());
        let error = QueryError::new(ErrorCode::ExpectedExpression, self.span(), message).expected([
            "a field name",
            "a number",
            "a quoted text",
            "a function",
            "`(`",
        ]);
        match self.peek() {
            PipeKind::Name(word) => {
                error.hint(format!("a field that is called `{word}` stands in back-ticks"))
            }
            PipeKind::Symbol("=" | "==" | "*" | "/") => {
                error.hint("write `field == \"text\"`; `=~` takes a regular expression in quotes")
            }
            _ => error
                .hint("write a field name, a number, a quoted text or a function such as `bin(_time, 5m)`"),
        }
    }

    fn chained(&self) -> QueryError {
        QueryError::new(ErrorCode::Unexpected, self.span(), "comparisons cannot be chained")
            .expected(["and", "or"])
            .hint("write `a < b and b < c`")
    }
}

fn symbol_op(symbol: &str) -> Option<(BinaryOp, bool)> {
    Some(match symbol {
        "||" => (BinaryOp::Or, false),
        "&&" => (BinaryOp::And, false),
        "==" | "=" => (BinaryOp::Equal, false),
        "!=" | "<>" => (BinaryOp::NotEqual, false),
        "=~" => (BinaryOp::Matches, false),
        "!~" => (BinaryOp::Matches, true),
        "<" => (BinaryOp::Less, false),
        "<=" => (BinaryOp::LessOrEqual, false),
        ">" => (BinaryOp::Greater, false),
        ">=" => (BinaryOp::GreaterOrEqual, false),
        "+" => (BinaryOp::Add, false),
        "-" => (BinaryOp::Subtract, false),
        "*" => (BinaryOp::Multiply, false),
        "/" => (BinaryOp::Divide, false),
        "%" => (BinaryOp::Modulo, false),
        _ => return None,
    })
}

fn unknown_function(name: &str, span: Span) -> QueryError {
    if functions::NOT_AVAILABLE.iter().any(|known| known.eq_ignore_ascii_case(name)) {
        let message = format!("the function `{name}` is not available yet");
        return QueryError::new(ErrorCode::UnknownFunction, span, message).expected(names());
    }
    let error = QueryError::new(ErrorCode::UnknownFunction, span, format!("unknown function `{name}`"));
    if crate::aggregate::is_aggregate(name) {
        return error.hint(format!("`{name}` counts over many rows: `| stats {name}(…) as n | where n > 5`"));
    }
    let all = functions::FUNCTIONS.iter().flat_map(|entry| std::iter::once(&entry.name).chain(entry.aliases));
    match nearest(name, all.copied()) {
        Some(near) => error.expected(names()).hint(format!("did you mean `{near}`?")),
        None => error.expected(names()).hint(format!("the functions are: {}", names().join(", "))),
    }
}

fn names() -> Vec<&'static str> {
    functions::FUNCTIONS.iter().map(|entry| entry.name).collect()
}

/// A sign before a constant makes a constant.
fn negate(span: Span, operand: Expr) -> Result<Expr, QueryError> {
    let literal = match operand.kind {
        ExprKind::Literal(Literal::Int(n)) => Literal::Int(-n),
        ExprKind::Literal(Literal::Float(n)) => Literal::Float(-n),
        ExprKind::Literal(Literal::Duration(n)) => Literal::Duration(-n),
        _ => return tall(span, ExprKind::Unary(UnaryOp::Negate, Box::new(operand))),
    };
    Ok(Expr { kind: ExprKind::Literal(literal), span })
}

/// Builds an expression unless it would be too tall: whoever walks the tree may then recurse safely.
fn tall(span: Span, kind: ExprKind) -> Result<Expr, QueryError> {
    let expr = Expr { kind, span };
    if height(&expr) > limits::DEPTH_MAX {
        let error = too_deep(span);
        return Err(error.hint("use `field in (a, b, …)` or a regular expression for many values"));
    }
    Ok(expr)
}

fn height(expr: &Expr) -> usize {
    1 + match &expr.kind {
        ExprKind::Literal(_) | ExprKind::Field(_) => 0,
        ExprKind::Unary(_, operand) => height(operand),
        ExprKind::Binary(_, left, right) => height(left).max(height(right)),
        ExprKind::In(value, list, _) => list.iter().chain([&**value]).map(height).max().unwrap_or(0),
        ExprKind::Call(_, arguments) => arguments.iter().map(height).max().unwrap_or(0),
    }
}
