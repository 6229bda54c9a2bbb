//! What both halves of the language share when text is cut into tokens: blanks, comments and quotes.

pub(crate) mod head;
pub(crate) mod pipe;

use crate::{ErrorCode, QueryError, Span};

/// A token and where it stands.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token<K> {
    pub(crate) kind: K,
    pub(crate) span: Span,
}

/// A place in the text that moves forward.
#[derive(Debug, Clone)]
pub(crate) struct Scanner<'a> {
    pub(crate) text: &'a str,
    pub(crate) at: usize,
}

impl<'a> Scanner<'a> {
    pub(crate) fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    pub(crate) fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    pub(crate) fn bump(&mut self) -> Option<char> {
        let next = self.peek()?;
        self.at += next.len_utf8();
        Some(next)
    }

    pub(crate) fn eat(&mut self, expected: &str) -> bool {
        let found = self.rest().starts_with(expected);
        if found {
            self.at += expected.len();
        }
        found
    }

    pub(crate) fn span_from(&self, start: usize) -> Span {
        Span::new(start, self.at)
    }

    fn after_blank(&self) -> bool {
        self.text[..self.at].chars().next_back().is_none_or(char::is_whitespace)
    }

    /// Passes over white space and comments. A comment begins only at the start or after a blank, so that
    /// `http://x` and `path:/*` hold none.
    pub(crate) fn skip_blanks(&mut self) -> Result<(), QueryError> {
        loop {
            let blank = self.rest().len() - self.rest().trim_start().len();
            self.at += blank;
            if !self.after_blank() {
                return Ok(());
            } else if self.rest().starts_with("//") {
                self.at += self.rest().find('\n').unwrap_or(self.rest().len());
            } else if self.rest().starts_with("/*") {
                self.skip_block_comment()?;
            } else {
                return Ok(());
            }
        }
    }

    fn skip_block_comment(&mut self) -> Result<(), QueryError> {
        let start = self.at;
        let Some(length) = self.rest()[2..].find("*/") else {
            return Err(QueryError::new(
                ErrorCode::Unclosed,
                Span::new(start, start + 2),
                "the comment is not closed",
            )
            .hint("close it with `*/`, or quote the text: `\"/*\"`"));
        };
        self.at += length + 4;
        // What follows a comment may be another one, as if the comment were a blank.
        let blank = self.rest().len() - self.rest().trim_start().len();
        self.at += blank;
        Ok(())
    }

    /// Reads a quoted text whose opening quote stands here. Only the quote itself and a backslash are
    /// escaped by a backslash; any other backslash is itself, so that `"\d+"` and `"C:\logs"` mean what
    /// they show.
    pub(crate) fn quoted(&mut self) -> Result<String, QueryError> {
        let start = self.at;
        let quote = self.bump().expect("the caller saw a quote");
        let mut value = String::new();
        while let Some(next) = self.bump() {
            match next {
                '\\' if self.peek().is_some_and(|c| c == quote || c == '\\') => value.extend(self.bump()),
                _ if next == quote => return Ok(value),
                _ => value.push(next),
            }
        }
        let span = Span::new(start, start + 1);
        Err(QueryError::new(ErrorCode::Unclosed, span, format!("the quote {quote} is not closed"))
            .hint(format!("add a closing {quote}; a {quote} inside is written \\{quote}")))
    }

    /// Reads a name in back-ticks; a doubled back-tick stands for one.
    pub(crate) fn back_ticked(&mut self) -> Result<String, QueryError> {
        let start = self.at;
        self.bump();
        let mut name = String::new();
        while let Some(next) = self.bump() {
            if next != '`' {
                name.push(next);
            } else if !self.eat("`") {
                return self.non_empty_name(name, start);
            } else {
                name.push('`');
            }
        }
        Err(QueryError::new(ErrorCode::Unclosed, Span::new(start, start + 1), "the back-tick is not closed")
            .hint("a field name with special characters stands between two back-ticks: `` `user-agent` ``"))
    }

    fn non_empty_name(&self, name: String, start: usize) -> Result<String, QueryError> {
        if name.is_empty() {
            let span = self.span_from(start);
            return Err(QueryError::new(ErrorCode::ExpectedField, span, "the field name is empty")
                .hint("write the name between the back-ticks: `` `user-agent` ``"));
        }
        Ok(name)
    }
}
