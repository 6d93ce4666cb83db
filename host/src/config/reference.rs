//! The reference page of the configuration keys, in Markdown, from the definitions that parse and validate them.

use super::config_def::{ConfigKey, Default, Validator};

/// One table of the page.
pub struct Section {
    pub title: String,
    /// What the keys are for, and where they are written.
    pub intro: &'static str,
    pub keys: Vec<ConfigKey>,
}

/// The whole page.
pub fn page(sections: &[Section]) -> String {
    let mut page = String::from(
        "# Configuration keys\n\nWritten by `wasm-connect reference`, from the definitions that the worker itself reads and checks \
         configurations with.\n",
    );
    for Section { title, intro, keys } in sections {
        page += &format!("\n## {title}\n\n{intro}\n\n");
        page += "| key | type | default | allowed | importance | meaning |\n| --- | --- | --- | --- | --- | --- |\n";
        keys.iter().for_each(|key| page += &row(key));
    }
    page
}

fn row(key: &ConfigKey) -> String {
    let default = match &key.default {
        Default::Required => "**required**".to_owned(),
        Default::Null => "none".to_owned(),
        Default::Value(text) if text.is_empty() => "empty".to_owned(),
        Default::Value(text) => code(text),
    };
    let allowed: Vec<String> = key.validators.iter().filter_map(allowed).collect();
    format!(
        "| {} | {} | {default} | {} | {} | {} |\n",
        code(&key.name),
        lower(&key.ty),
        allowed.join("; "),
        lower(&key.importance),
        cell(&key.documentation)
    )
}

/// A check in words; one that is more than a bound is told by the key's meaning.
fn allowed(validator: &Validator) -> Option<String> {
    let listed =
        |values: &[std::borrow::Cow<'_, str>]| values.iter().map(|value| code(value)).collect::<Vec<_>>().join(", ");
    Some(match validator {
        Validator::Min(least) => format!("at least {least}"),
        Validator::Max(most) => format!("at most {most}"),
        Validator::OneOf(values) => listed(values),
        Validator::OneOfIgnoreCase(values) => format!("{}, in any case", listed(values)),
        Validator::NonEmpty | Validator::NonEmptyWithoutControlChars => "not empty".to_owned(),
        Validator::EachOnce => "each item once".to_owned(),
        Validator::EachOnceNotEmpty => "at least one item, each once".to_owned(),
        Validator::Pattern(pattern) => format!("matches {}", code(pattern)),
        Validator::Custom(_) | Validator::Lambda(_) => return None,
    })
}

fn code(text: &str) -> String {
    format!("`{}`", cell(text))
}

fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('\n', " ")
}

fn lower(word: &impl std::fmt::Debug) -> String {
    format!("{word:?}").to_lowercase()
}
