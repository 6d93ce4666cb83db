//! Sets of characters: Java's predefined classes, POSIX classes, properties and bracket expressions.

/// A named set of characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Class {
    Digit,
    Space,
    Word,
    HorizontalSpace,
    VerticalSpace,
    Lower,
    Upper,
    Ascii,
    Alpha,
    Alnum,
    Punct,
    Graph,
    Print,
    Blank,
    Control,
    HexDigit,
    UnicodeLetter,
    UnicodeLower,
    UnicodeUpper,
    UnicodeNumber,
    UnicodeAlnum,
    UnicodeSpace,
    UnicodeControl,
}

impl Class {
    /// The class behind `\p{name}`; none: there is no such property, or it is not supported.
    pub fn property(name: &str) -> Option<Self> {
        Some(match name {
            "Lower" => Self::Lower,
            "Upper" => Self::Upper,
            "ASCII" => Self::Ascii,
            "Alpha" => Self::Alpha,
            "Digit" => Self::Digit,
            "Alnum" => Self::Alnum,
            "Punct" => Self::Punct,
            "Graph" => Self::Graph,
            "Print" => Self::Print,
            "Blank" => Self::Blank,
            "Cntrl" => Self::Control,
            "XDigit" => Self::HexDigit,
            "Space" => Self::Space,
            "L" | "IsL" | "IsAlphabetic" | "IsLetter" | "javaLetter" | "javaAlphabetic" => Self::UnicodeLetter,
            "Ll" | "IsLl" | "IsLowercase" | "javaLowerCase" => Self::UnicodeLower,
            "Lu" | "IsLu" | "IsUppercase" | "javaUpperCase" => Self::UnicodeUpper,
            "N" | "IsN" | "Nd" | "IsNd" | "IsDigit" | "javaDigit" => Self::UnicodeNumber,
            "javaLetterOrDigit" => Self::UnicodeAlnum,
            "IsWhite_Space" | "IsWhiteSpace" | "javaWhitespace" => Self::UnicodeSpace,
            "Cc" | "IsCc" | "IsControl" | "javaISOControl" => Self::UnicodeControl,
            _ => return None,
        })
    }

    pub fn contains(self, c: char) -> bool {
        match self {
            Self::Digit => c.is_ascii_digit(),
            Self::Space => matches!(c, ' ' | '\t'..='\r'),
            Self::Word => c.is_ascii_alphanumeric() || c == '_',
            Self::HorizontalSpace => {
                matches!(
                    c,
                    ' ' | '\t' | '\u{a0}' | '\u{1680}' | '\u{180e}' | '\u{2000}'
                        ..='\u{200a}' | '\u{202f}' | '\u{205f}' | '\u{3000}'
                )
            }
            Self::VerticalSpace => matches!(c, '\n'..='\r' | '\u{85}' | '\u{2028}' | '\u{2029}'),
            Self::Lower => c.is_ascii_lowercase(),
            Self::Upper => c.is_ascii_uppercase(),
            Self::Ascii => c.is_ascii(),
            Self::Alpha => c.is_ascii_alphabetic(),
            Self::Alnum => c.is_ascii_alphanumeric(),
            Self::Punct => c.is_ascii_punctuation(),
            Self::Graph => c.is_ascii_graphic(),
            Self::Print => c.is_ascii_graphic() || c == ' ',
            Self::Blank => matches!(c, ' ' | '\t'),
            Self::Control => c.is_ascii_control(),
            Self::HexDigit => c.is_ascii_hexdigit(),
            Self::UnicodeLetter => c.is_alphabetic(),
            Self::UnicodeLower => c.is_lowercase(),
            Self::UnicodeUpper => c.is_uppercase(),
            Self::UnicodeNumber => c.is_numeric(),
            Self::UnicodeAlnum => c.is_alphanumeric(),
            Self::UnicodeSpace => c.is_whitespace(),
            Self::UnicodeControl => c.is_control(),
        }
    }
}

/// A bracket expression or a predefined class: the union of its members, within every set of `and`.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Set {
    pub negated: bool,
    pub members: Vec<Member>,
    pub and: Vec<Set>,
    pub ignore_case: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub enum Member {
    Range(char, char),
    Class { class: Class, negated: bool },
    Nested(Set),
}

impl Set {
    pub fn of(class: Class, negated: bool) -> Self {
        Self { members: vec![Member::Class { class, negated }], ..Self::default() }
    }

    pub fn contains(&self, c: char) -> bool {
        let inside = self.union_contains(c) && self.and.iter().all(|set| set.contains(c));
        inside != self.negated
    }

    fn union_contains(&self, c: char) -> bool {
        let other_case = || {
            if c.is_ascii_lowercase() { c.to_ascii_uppercase() } else { c.to_ascii_lowercase() }
        };
        self.members.iter().any(|member| member.contains(c) || self.ignore_case && member.contains(other_case()))
    }
}

impl Member {
    fn contains(&self, c: char) -> bool {
        match self {
            Self::Range(first, last) => (*first..=*last).contains(&c),
            Self::Class { class, negated } => class.contains(c) != *negated,
            Self::Nested(set) => set.contains(c),
        }
    }
}
