//! The token stream that pipes and expressions are read from.

use crate::ast::FieldName;
use crate::lex::pipe::{PipeKind, PipeToken};
use crate::{ErrorCode, QueryError, Span, limits};

/// Words that mean something between expressions; a field of such a name stands in back-ticks.
pub(crate) const RESERVED: [&str; 16] = [
    "and",
    "or",
    "not",
    "in",
    "like",
    "has",
    "contains",
    "startswith",
    "matches",
    "is",
    "by",
    "as",
    "asc",
    "desc",
    "true",
    "false",
];

pub(crate) struct Parser<'a> {
    pub(crate) text: &'a str,
    tokens: Vec<PipeToken>,
    position: usize,
    pub(crate) depth: usize,
}

impl<'a> Parser<'a> {
    pub(crate) fn new(text: &'a str, tokens: Vec<PipeToken>) -> Self {
        Parser { text, tokens, position: 0, depth: 0 }
    }

    pub(crate) fn peek(&self) -> &PipeKind {
        &self.tokens[self.position].kind
    }

    pub(crate) fn peek_at(&self, ahead: usize) -> &PipeKind {
        &self.tokens[(self.position + ahead).min(self.tokens.len() - 1)].kind
    }

    pub(crate) fn span(&self) -> Span {
        self.tokens[self.position].span
    }

    /// Where the token before this one stands.
    pub(crate) fn last_span(&self) -> Span {
        self.position.checked_sub(1).map_or(Span::at(self.span().start), |last| self.tokens[last].span)
    }

    pub(crate) fn advance(&mut self) -> PipeToken {
        let token = self.tokens[self.position].clone();
        self.position = (self.position + 1).min(self.tokens.len() - 1);
        token
    }

    pub(crate) fn at_symbol(&self, symbol: &str) -> bool {
        matches!(self.peek(), PipeKind::Symbol(found) if *found == symbol)
    }

    pub(crate) fn eat_symbol(&mut self, symbol: &str) -> bool {
        let found = self.at_symbol(symbol);
        if found {
            self.advance();
        }
        found
    }

    pub(crate) fn at_word(&self, word: &str) -> bool {
        is_word(self.peek(), word)
    }

    pub(crate) fn eat_word(&mut self, word: &str) -> bool {
        let found = self.at_word(word);
        if found {
            self.advance();
        }
        found
    }

    /// Whether the pipe ends here.
    pub(crate) fn at_end(&self) -> bool {
        self.at_symbol("|") || self.peek() == &PipeKind::End
    }

    pub(crate) fn source(&self, span: Span) -> &'a str {
        &self.text[span.start..span.end]
    }

    /// What stands before the present token, for messages: " after `sort`".
    pub(crate) fn after(&self) -> String {
        match self.source(self.last_span()) {
            "" => String::new(),
            before => format!(" after `{before}`"),
        }
    }

    /// The present token for messages: "`x`" or "the end".
    pub(crate) fn found(&self) -> String {
        match self.source(self.span()) {
            "" => "the end of the query".to_owned(),
            text => format!("`{text}`"),
        }
    }

    pub(crate) fn expect_symbol(&mut self, symbol: &'static str) -> Result<(), QueryError> {
        if self.eat_symbol(symbol) {
            return Ok(());
        }
        let message = format!("expected `{symbol}`{}, found {}", self.after(), self.found());
        Err(QueryError::new(ErrorCode::Unexpected, self.span(), message).expected([symbol]))
    }

    /// Reads a closing parenthesis; the error points to the one that opened.
    pub(crate) fn expect_close(&mut self, open: Span) -> Result<(), QueryError> {
        if self.eat_symbol(")") {
            return Ok(());
        }
        if self.at_end() {
            return Err(QueryError::new(ErrorCode::Unbalanced, open, "this `(` is not closed")
                .expected([")"])
                .hint("add `)`"));
        }
        let message = format!("expected `)`{}, found {}", self.after(), self.found());
        let error =
            QueryError::new(ErrorCode::Unexpected, self.span(), message).expected([")", ",", "an operator"]);
        Err(self.explain(error))
    }

    /// A field's name, bare or in back-ticks.
    pub(crate) fn field(&mut self) -> Result<FieldName, QueryError> {
        let span = self.span();
        let name = match self.peek() {
            PipeKind::Name(name) if !is_reserved(name) => name.clone(),
            PipeKind::BackTicked(name) => name.clone(),
            _ => return Err(self.expected_field()),
        };
        self.advance();
        Ok(FieldName { name, span })
    }

    fn expected_field(&self) -> QueryError {
        let message = format!("expected a field name{}, found {}", self.after(), self.found());
        let error =
            QueryError::new(ErrorCode::ExpectedField, self.span(), message).expected(["a field name"]);
        match self.peek() {
            PipeKind::Text(_) => error.hint("quotes hold text; a field name stands bare or in back-ticks"),
            PipeKind::Name(word) => {
                error.hint(format!("a field that is called `{word}` stands in back-ticks"))
            }
            _ => error.hint("write one or more names, separated by commas: `host, message`"),
        }
    }

    /// Reads a list of what `item` reads, separated by commas; a comma may be left out where the next item
    /// begins with a name.
    pub(crate) fn list<T>(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<T, QueryError>,
    ) -> Result<Vec<T>, QueryError> {
        let mut items = vec![item(self)?];
        while self.eat_symbol(",") || self.at_item_name() {
            if items.len() == limits::COLUMNS_MAX {
                let message = format!("a pipe takes at most {} columns", limits::COLUMNS_MAX);
                return Err(QueryError::new(ErrorCode::TooLarge, self.span(), message));
            }
            items.push(item(self)?);
        }
        Ok(items)
    }

    fn at_item_name(&self) -> bool {
        let called = matches!(self.peek_at(1), PipeKind::Symbol("(" | "="));
        match self.peek() {
            PipeKind::Name(name) => !is_reserved(name) && !called,
            PipeKind::BackTicked(_) => !called,
            _ => false,
        }
    }

    /// Refuses what is left over before the next `|`.
    pub(crate) fn expect_end(&self) -> Result<(), QueryError> {
        if self.at_end() {
            return Ok(());
        }
        let message = format!("unexpected {}{}", self.found(), self.after());
        let error = QueryError::new(ErrorCode::Unexpected, self.span(), message).expected(["`|`", "the end"]);
        Err(self.explain(error))
    }

    /// Adds the advice that fits the token that nobody expected.
    pub(crate) fn explain(&self, error: QueryError) -> QueryError {
        let hint = match self.peek() {
            PipeKind::Symbol(":") => {
                "after the first `|` fields are compared with operators: `level == \"error\"`"
            }
            PipeKind::Symbol(")") => "remove the `)`, or add the `(` that it should close",
            PipeKind::Symbol("-") => {
                "a field name with special characters stands in back-ticks: `` `user-agent` ``"
            }
            PipeKind::Symbol("=") => "to name an aggregate write `n=count()`; to compare, use `where`",
            PipeKind::Name(_) | PipeKind::Text(_) => {
                "words are searched before the first `|`; in `where`, write `message has \"text\"`, \
                 and join conditions with `and`"
            }
            _ => "a new step begins with `|`",
        };
        error.hint(hint)
    }
}

pub(crate) fn is_word(kind: &PipeKind, word: &str) -> bool {
    matches!(kind, PipeKind::Name(name) if name.eq_ignore_ascii_case(word))
}

pub(crate) fn is_reserved(name: &str) -> bool {
    RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name)) || name.eq_ignore_ascii_case("null")
}
