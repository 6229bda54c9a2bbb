//! The functions of one row: their names, aliases and how many arguments they take.

use std::ops::RangeInclusive;

use crate::ast::Function;

/// One function as users know it.
pub(crate) struct FunctionEntry {
    pub(crate) function: Function,
    pub(crate) name: &'static str,
    pub(crate) aliases: &'static [&'static str],
    pub(crate) arguments: RangeInclusive<usize>,
    /// How it is called, for hints.
    pub(crate) usage: &'static str,
}

macro_rules! functions {
    ($($function:ident $name:literal $aliases:tt $arguments:expr, $usage:literal;)*) => {
        pub(crate) const FUNCTIONS: &[FunctionEntry] = &[$(FunctionEntry {
            function: Function::$function,
            name: $name,
            aliases: &$aliases,
            arguments: $arguments,
            usage: $usage,
        },)*];
    };
}

functions! {
    Bin "bin" ["bucket"] 2..=2, "bin(_time, 5m)";
    If "if" ["iff"] 3..=3, "if(status >= 500, \"bad\", \"good\")";
    Coalesce "coalesce" [] 1..=64, "coalesce(host, source.ip)";
    Lower "lower" ["tolower"] 1..=1, "lower(user)";
    Upper "upper" ["toupper"] 1..=1, "upper(user)";
    Length "length" ["len", "strlen"] 1..=1, "length(message)";
    Abs "abs" [] 1..=1, "abs(delta)";
    Round "round" [] 1..=2, "round(x, 2)";
    Floor "floor" [] 1..=1, "floor(x)";
    Ceil "ceil" ["ceiling"] 1..=1, "ceil(x)";
    Cidr "cidr" ["ipv4_is_in_range", "cidr_match"] 2..=2, "cidr(source.ip, \"10.0.0.0/8\")";
    IsNull "isnull" [] 1..=1, "isnull(user)";
    ToNumber "tonumber" ["todouble", "toint", "tolong"] 1..=1, "tonumber(text)";
    ToString "tostring" [] 1..=1, "tostring(status)";
    Now "now" [] 0..=0, "now()";
}

/// Functions of the language that this version does not have.
pub(crate) const NOT_AVAILABLE: [&str; 3] = ["case", "lag", "lead"];

/// The function that is called `name`, whatever its case.
pub(crate) fn find(name: &str) -> Option<&'static FunctionEntry> {
    FUNCTIONS.iter().find(|entry| {
        let mut names = std::iter::once(&entry.name).chain(entry.aliases);
        names.any(|known| known.eq_ignore_ascii_case(name))
    })
}

/// The entry of `function`.
pub(crate) fn entry(function: Function) -> &'static FunctionEntry {
    FUNCTIONS.iter().find(|entry| entry.function == function).expect("every function is in the table")
}
