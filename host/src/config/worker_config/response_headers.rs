//! Headers that all answers get: the rules of `response.http.headers.config`, checked as Java checks them.

use super::super::config_exception::ConfigException;

/// What a rule does with its header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderAction {
    /// The only header of its name.
    Set,
    /// One more.
    Add,
    /// As `Set`, with the time so many milliseconds from now.
    SetDate,
    /// As `Add`, with the time so many milliseconds from now.
    AddDate,
}

/// One rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeaderRule {
    pub action: HeaderAction,
    pub name: String,
    pub value: HeaderText,
}

/// What a header says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HeaderText {
    Text(String),
    /// Milliseconds from the time of the answer.
    Date(i64),
}

/// Reads `[action] [name]:[value]` rules, separated by commas; a rule with a comma in it is put into double quotes.
pub fn header_rules(text: &str) -> Result<Vec<HeaderRule>, ConfigException> {
    split_quoted(text).iter().map(|rule| header_rule(rule)).collect()
}

fn header_rule(rule: &str) -> Result<HeaderRule, ConfigException> {
    let exception = |message: String| Err(ConfigException(message));
    let Some((action, header)) = rule.trim().split_once(char::is_whitespace) else {
        return exception(format!(
            "Invalid format of header config '{rule}'. Expected: '[action] [header name]:[header value]'"
        ));
    };
    let action = match action {
        "set" => HeaderAction::Set,
        "add" => HeaderAction::Add,
        "setDate" => HeaderAction::SetDate,
        "addDate" => HeaderAction::AddDate,
        _ => {
            return exception(format!(
                "Invalid header config action: '{action}'. Expected one of [set, add, setDate, addDate]"
            ));
        }
    };
    let header = header.trim();
    let (name, value) = header.split_once(':').unwrap_or((header, ""));
    if value.contains(':') {
        return exception(format!(
            "Invalid format of header name and header value pair '{header}'. Expected: '[header name]:[header value]'"
        ));
    }
    let (name, value) = (name.trim(), value.trim());
    if name.is_empty() || name.contains(char::is_whitespace) {
        return exception(format!("Invalid header name '{name}'. The '[header name]' cannot contain whitespace"));
    }
    // Java finds out with the first answer.
    let value = match action {
        HeaderAction::Set | HeaderAction::Add => HeaderText::Text(value.to_owned()),
        HeaderAction::SetDate | HeaderAction::AddDate => match value.parse() {
            Ok(milliseconds) => HeaderText::Date(milliseconds),
            Err(_) => {
                return exception(format!("Invalid date of header '{name}': '{value}' is no number of milliseconds"));
            }
        },
    };
    Ok(HeaderRule { action, name: name.to_owned(), value })
}

/// The items between commas that are in no quotes, without the quotes and the white space around them (Jetty's `csvSplit`).
fn split_quoted(text: &str) -> Vec<String> {
    let (mut items, mut item, mut quoted) = (Vec::new(), String::new(), false);
    for c in text.chars() {
        match c {
            '"' => quoted = !quoted,
            ',' if !quoted => items.push(std::mem::take(&mut item)),
            _ => item.push(c),
        }
    }
    items.push(item);
    items.into_iter().map(|item| item.trim().to_owned()).filter(|item| !item.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rules_are_read_as_in_java() {
        let rule = |action, name: &str, value: HeaderText| HeaderRule { action, name: name.into(), value };
        let text = |text: &str| HeaderText::Text(text.into());
        let rules =
            header_rules("add Cache-Control: no-cache, \"set X-A:b, c\" ,setDate Expires: 31540000000,addDate Last:-5");
        let expected = [
            rule(HeaderAction::Add, "Cache-Control", text("no-cache")),
            rule(HeaderAction::Set, "X-A", text("b, c")),
            rule(HeaderAction::SetDate, "Expires", HeaderText::Date(31_540_000_000)),
            rule(HeaderAction::AddDate, "Last", HeaderText::Date(-5)),
        ];
        assert_eq!(rules.unwrap(), expected);
        assert_eq!(header_rules("  ").unwrap(), []);
    }

    #[test]
    fn what_is_wrong_is_said_in_javas_words() {
        let check = |rules: &str, message: &str| assert_eq!(header_rules(rules).unwrap_err().0, message);
        check("set", "Invalid format of header config 'set'. Expected: '[action] [header name]:[header value]'");
        check(
            "badaction X-Frame-Options:DENY",
            "Invalid header config action: 'badaction'. Expected one of [set, add, setDate, addDate]",
        );
        check(
            "set a:b:c",
            "Invalid format of header name and header value pair 'a:b:c'. Expected: '[header name]:[header value]'",
        );
        check(
            "add X-XSS Protection:1",
            "Invalid header name 'X-XSS Protection'. The '[header name]' cannot contain whitespace",
        );
        check("setDate Expires:soon", "Invalid date of header 'Expires': 'soon' is no number of milliseconds");
    }
}
