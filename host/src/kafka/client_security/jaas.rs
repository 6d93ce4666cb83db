//! The text of `sasl.jaas.config`: a login module, a control flag and options.

use std::collections::BTreeMap;

/// What the one entry says. Options may be secret.
pub(super) struct Jaas {
    /// The class.
    pub module: String,
    pub options: BTreeMap<String, String>,
}

impl Jaas {
    /// Reads `Module required username="u" password="p";`. Errors never hold values, which are secret.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let tokens = tokens(text)?;
        let mut tokens = tokens.iter().map(String::as_str);
        let module = tokens.next().unwrap_or_default().to_owned();
        let flag = tokens.next().unwrap_or_default().to_ascii_lowercase();
        if !matches!(flag.as_str(), "required" | "requisite" | "sufficient" | "optional") {
            return Err("a control flag such as `required` must follow the login module".to_owned());
        }
        let (mut options, mut ended) = (BTreeMap::new(), false);
        while let Some(token) = tokens.next() {
            if token == ";" {
                ended = true;
                break;
            }
            if tokens.next() != Some("=") {
                return Err(format!("`=` expected after option {token}"));
            }
            options.insert(token.to_owned(), tokens.next().unwrap_or_default().to_owned());
        }
        if !ended {
            return Err("must end with a semicolon".to_owned());
        }
        if tokens.next().is_some() {
            return Err("only one login module can be used".to_owned());
        }
        Ok(Self { module, options })
    }

    /// Fails unless the class has this name, in whatever package.
    pub(super) fn check_module(&self, expected: &str, mechanism: &str) -> Result<(), String> {
        if self.module.rsplit('.').next() == Some(expected) {
            return Ok(());
        }
        Err(format!("login module {} does not fit {mechanism}, which needs {expected}", self.module))
    }
}

/// Words, quoted strings with backslash escapes, and the signs `=` and `;`.
fn tokens(text: &str) -> Result<Vec<String>, String> {
    let mut tokens = Vec::new();
    let mut chars = text.chars().peekable();
    while let Some(&c) = chars.peek() {
        if c.is_whitespace() {
            chars.next();
        } else if c == '=' || c == ';' {
            chars.next();
            tokens.push(c.to_string());
        } else if c == '"' || c == '\'' {
            chars.next();
            tokens.push(quoted(&mut chars, c)?);
        } else {
            let mut word = String::new();
            while let Some(&c) = chars.peek().filter(|c| !c.is_whitespace() && !matches!(c, '=' | ';' | '"' | '\'')) {
                word.push(c);
                chars.next();
            }
            tokens.push(word);
        }
    }
    Ok(tokens)
}

fn quoted(chars: &mut impl Iterator<Item = char>, quote: char) -> Result<String, String> {
    let mut text = String::new();
    while let Some(c) = chars.next() {
        match c {
            c if c == quote => return Ok(text),
            '\\' => match chars.next() {
                Some('n') => text.push('\n'),
                Some('t') => text.push('\t'),
                Some('r') => text.push('\r'),
                Some(escaped) => text.push(escaped),
                None => break,
            },
            c => text.push(c),
        }
    }
    Err("a quoted value does not end".to_owned())
}
