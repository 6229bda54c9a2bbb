//! What a query means, before any table is known: the filter at its head and the pipes after it.

use crate::Span;

/// A whole query: `filter | pipe | pipe`.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    /// Which events.
    pub filter: Filter,
    /// What is done with them, in order.
    pub pipes: Vec<Pipe>,
}

/// The head of a query.
#[derive(Debug, Clone, PartialEq)]
pub enum Filter {
    /// `*` or nothing: every event.
    All,
    /// All of these.
    And(Vec<Filter>),
    /// At least one of these.
    Or(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// One condition.
    Match(Match),
}

/// One condition: a test on a field, or on the event's whole text when no field is named.
#[derive(Debug, Clone, PartialEq)]
pub struct Match {
    /// The field asked, or none for full text.
    pub field: Option<FieldName>,
    /// What must hold.
    pub test: Test,
    /// Where it stands in the query.
    pub span: Span,
}

/// A field as typed, without back-ticks, and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub struct FieldName {
    /// The name as typed (a leading `@` of Datadog's style is taken off unless it is `@timestamp`).
    pub name: String,
    /// Where it stands in the query.
    pub span: Span,
}

/// A condition on one text or value.
#[derive(Debug, Clone, PartialEq)]
pub enum Test {
    /// `word`, `"a phrase"`: this text, case-insensitive, on word boundaries; on a number or bool, equality.
    Phrase(String),
    /// `conn*`: a word that begins so, case-insensitive.
    Prefix(String),
    /// `*fail*`, `a*b`: wildcards inside one word's characters (`*` any run of non-space, `?` one), case-insensitive.
    Wildcard(String),
    /// `~"abc"`: this text anywhere, case-insensitive.
    Substring(String),
    /// `/re/`: a regular expression anywhere in the text.
    Regex(String),
    /// `field:*`: the field is present.
    Exists,
    /// `field=value`: the whole value, exact.
    Equal(Literal),
    /// `field:>=500`, `field>500`.
    Compare(CompareOp, Literal),
    /// `field:[a TO b]`, `field:[a..b]`: both ends included; `*` is an open end.
    Range(Option<Literal>, Option<Literal>),
    /// `field:10.0.0.0/8`: an address within a network.
    Cidr(String),
}

/// A constant.
#[derive(Debug, Clone, PartialEq)]
pub enum Literal {
    /// Text.
    Str(String),
    /// A whole number.
    Int(i64),
    /// Any other number.
    Float(f64),
    /// `true` or `false`.
    Bool(bool),
    /// A length of time in nanoseconds: `5m`, `1h30m`.
    Duration(i64),
    /// `null`.
    Null,
}

/// Order comparisons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CompareOp {
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

/// One step after the head.
#[derive(Debug, Clone, PartialEq)]
pub enum Pipe {
    /// `where expr`
    Where(Expr),
    /// `stats agg, … by key, …`
    Stats(Stats),
    /// `timechart span=5m agg, … by key`
    Timechart(Timechart),
    /// `sort -field, expr`
    Sort(Vec<SortKey>),
    /// `head n`
    Head(u64),
    /// `fields a, b`
    Fields(Vec<FieldName>),
    /// `top n field by key`
    Top(Top),
}

/// Aggregates over groups.
#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    /// What is computed, at least one.
    pub aggregates: Vec<Aggregate>,
    /// What is grouped by; none gives one row.
    pub by: Vec<Key>,
}

/// Aggregates over equal steps of time.
#[derive(Debug, Clone, PartialEq)]
pub struct Timechart {
    /// The step in nanoseconds; none lets the range decide.
    pub span_nanos: Option<i64>,
    /// What is computed, at least one.
    pub aggregates: Vec<Aggregate>,
    /// What is grouped by besides time.
    pub by: Vec<Key>,
}

/// The most frequent values of a field.
#[derive(Debug, Clone, PartialEq)]
pub struct Top {
    /// How many.
    pub limit: u64,
    /// Of which field or fields.
    pub fields: Vec<FieldName>,
    /// For each of these.
    pub by: Vec<Key>,
}

/// A grouping key and the name of its column.
#[derive(Debug, Clone, PartialEq)]
pub struct Key {
    /// What is grouped by.
    pub expr: Expr,
    /// The column's name in the result.
    pub name: String,
}

/// One aggregate.
#[derive(Debug, Clone, PartialEq)]
pub struct Aggregate {
    /// Which.
    pub function: AggregateFunction,
    /// Over what; `count()` has none.
    pub argument: Option<Expr>,
    /// Only rows for which this holds: `count() if (expr)`, `countif(expr)`.
    pub filter: Option<Expr>,
    /// The column's name in the result.
    pub name: String,
    /// Where it stands in the query.
    pub span: Span,
}

/// The aggregates of `stats` and `timechart`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum AggregateFunction {
    /// Rows, or rows in which the argument is present.
    Count,
    /// Distinct values (exact).
    DistinctCount,
    /// Sum.
    Sum,
    /// Mean.
    Avg,
    /// Least.
    Min,
    /// Greatest.
    Max,
    /// A percentile, 0 to 100: `p95(x)`, `percentile(x, 95)`, `median(x)`.
    Percentile(f64),
    /// The distinct values as a list.
    Values,
    /// The value of the earliest event.
    First,
    /// The value of the latest event.
    Last,
    /// Whether the argument holds for at least one row.
    Any,
}

/// One key of `sort`.
#[derive(Debug, Clone, PartialEq)]
pub struct SortKey {
    /// What is ordered by.
    pub expr: Expr,
    /// Greatest first.
    pub descending: bool,
}

/// An expression over one row.
#[derive(Debug, Clone, PartialEq)]
pub struct Expr {
    /// What it is.
    pub kind: ExprKind,
    /// Where it stands in the query.
    pub span: Span,
}

/// The forms of an expression.
#[derive(Debug, Clone, PartialEq)]
pub enum ExprKind {
    /// A constant.
    Literal(Literal),
    /// A field of the row.
    Field(FieldName),
    /// `not x`, `-x`.
    Unary(UnaryOp, Box<Expr>),
    /// `a + b`, `a and b`, …
    Binary(BinaryOp, Box<Expr>, Box<Expr>),
    /// `x in (a, b)`; true = negated.
    In(Box<Expr>, Vec<Expr>, bool),
    /// A function: `bin(_time, 5m)`, `if(c, a, b)`, `coalesce(a, b)`, `lower(x)`, …
    Call(Function, Vec<Expr>),
}

/// Operators with one side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnaryOp {
    /// `not`
    Not,
    /// `-`
    Negate,
}

/// Operators with two sides.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BinaryOp {
    /// `or`
    Or,
    /// `and`
    And,
    /// `==`, `=`
    Equal,
    /// `!=`, `<>`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
    /// `+`
    Add,
    /// `-`
    Subtract,
    /// `*`
    Multiply,
    /// `/` (a real division)
    Divide,
    /// `%`
    Modulo,
    /// `=~` a regular expression given as text
    Matches,
    /// `like` with `%` and `_`
    Like,
    /// `contains`: substring, case-insensitive
    Contains,
    /// `startswith`, case-insensitive
    StartsWith,
    /// `has`: word or phrase on word boundaries, case-insensitive
    Has,
}

/// Functions of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Function {
    /// `bin(_time, 5m)`, `bin(n, 10)`: the start of the step the value lies in.
    Bin,
    /// `if(condition, then, else)`
    If,
    /// `coalesce(a, b, …)`: the first that is present.
    Coalesce,
    /// `lower(text)`
    Lower,
    /// `upper(text)`
    Upper,
    /// `length(text)` in characters
    Length,
    /// `abs(n)`
    Abs,
    /// `round(n)` or `round(n, digits)`
    Round,
    /// `floor(n)`
    Floor,
    /// `ceil(n)`
    Ceil,
    /// `cidr(address, "10.0.0.0/8")`
    Cidr,
    /// `isnull(x)`
    IsNull,
    /// `tonumber(text)`
    ToNumber,
    /// `tostring(x)`
    ToString,
    /// `now()`
    Now,
}
