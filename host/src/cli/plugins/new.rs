//! `plugins new`: writes a small project for a plugin, which builds and has a test.

use std::fs;
use std::path::{Path, PathBuf};

use clap::ValueEnum;

/// Write a small project for a connector or transform: it builds with one command, has a test, and says how to go on in its README.
///
/// Example: wasm-connect plugins new orders-source --lang python --kind source
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The plugin's name, and that of the directory that is made: lower-case letters, digits and hyphens
    name: String,
    /// What it is written in
    #[arg(long)]
    lang: Language,
    /// What it is
    #[arg(long)]
    kind: Kind,
    /// The directory that the project's directory is made in
    #[arg(long, default_value = ".")]
    directory: PathBuf,
    /// The SDKs, which are in sdk/ of this worker's sources: as the project refers to them, so from its directory if not absolute
    #[arg(long, default_value = DEFAULT_SDK)]
    sdk: String,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Language {
    Rust,
    Python,
    Go,
    Javascript,
    C,
}

#[derive(ValueEnum, Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Source,
    Sink,
    Transform,
}

/// A file of a template: where it goes, and its text.
type TemplateFile = (&'static str, &'static str);

/// The templates, whose names of the plugin are `my-plugin`, `my_plugin` and `MyPlugin`.
macro_rules! template {
    ($template:literal: $($from:literal => $to:literal),+) => {
        &[$(($to, include_str!(concat!("../../../../sdk/", $template, "/", $from)))),+]
    };
}

const RUST_SOURCE: &[TemplateFile] = template!("rust/template/source":
    "Cargo.toml" => "Cargo.toml", "src/lib.rs" => "src/lib.rs", "README.md" => "README.md", "gitignore" => ".gitignore");
const RUST_SINK: &[TemplateFile] = template!("rust/template/sink":
    "Cargo.toml" => "Cargo.toml", "src/lib.rs" => "src/lib.rs", "README.md" => "README.md", "gitignore" => ".gitignore");
const RUST_TRANSFORM: &[TemplateFile] = template!("rust/template/transform":
    "Cargo.toml" => "Cargo.toml", "src/lib.rs" => "src/lib.rs", "README.md" => "README.md", "gitignore" => ".gitignore");
const PYTHON_SOURCE: &[TemplateFile] = template!("python/template/source":
    "my_plugin.py" => "my_plugin.py", "test_my_plugin.py" => "test_my_plugin.py", "README.md" => "README.md",
    "gitignore" => ".gitignore");
const PYTHON_SINK: &[TemplateFile] = template!("python/template/sink":
    "my_plugin.py" => "my_plugin.py", "test_my_plugin.py" => "test_my_plugin.py", "README.md" => "README.md",
    "gitignore" => ".gitignore");
const PYTHON_TRANSFORM: &[TemplateFile] = template!("python/template/transform":
    "my_plugin.py" => "my_plugin.py", "test_my_plugin.py" => "test_my_plugin.py", "README.md" => "README.md",
    "gitignore" => ".gitignore");
// Names that end in .txt, so that they are no package of the SDK's module.
const GO_SOURCE: &[TemplateFile] = template!("go/template/source":
    "go.mod.txt" => "go.mod", "main.go.txt" => "main.go", "main_test.go.txt" => "main_test.go", "README.md" => "README.md",
    "gitignore" => ".gitignore");
const GO_SINK: &[TemplateFile] = template!("go/template/sink":
    "go.mod.txt" => "go.mod", "main.go.txt" => "main.go", "main_test.go.txt" => "main_test.go", "README.md" => "README.md",
    "gitignore" => ".gitignore");
const GO_TRANSFORM: &[TemplateFile] = template!("go/template/transform":
    "go.mod.txt" => "go.mod", "main.go.txt" => "main.go", "main_test.go.txt" => "main_test.go", "README.md" => "README.md",
    "gitignore" => ".gitignore");
const JAVASCRIPT_SOURCE: &[TemplateFile] = template!("javascript/template/source":
    "package.json" => "package.json", "src/index.js" => "src/index.js", "test/my-plugin.test.js" => "test/my-plugin.test.js",
    "README.md" => "README.md", "gitignore" => ".gitignore");
const JAVASCRIPT_SINK: &[TemplateFile] = template!("javascript/template/sink":
    "package.json" => "package.json", "src/index.js" => "src/index.js", "test/my-plugin.test.js" => "test/my-plugin.test.js",
    "README.md" => "README.md", "gitignore" => ".gitignore");
const JAVASCRIPT_TRANSFORM: &[TemplateFile] = template!("javascript/template/transform":
    "package.json" => "package.json", "src/index.js" => "src/index.js", "test/my-plugin.test.js" => "test/my-plugin.test.js",
    "README.md" => "README.md", "gitignore" => ".gitignore");
const C_SOURCE: &[TemplateFile] = template!("c/template/source":
    "Makefile" => "Makefile", "src/plugin.c" => "src/plugin.c", "test/test_plugin.c" => "test/test_plugin.c",
    "README.md" => "README.md", "gitignore" => ".gitignore");
const C_SINK: &[TemplateFile] = template!("c/template/sink":
    "Makefile" => "Makefile", "src/plugin.c" => "src/plugin.c", "test/test_plugin.c" => "test/test_plugin.c",
    "README.md" => "README.md", "gitignore" => ".gitignore");
const C_TRANSFORM: &[TemplateFile] = template!("c/template/transform":
    "Makefile" => "Makefile", "src/plugin.c" => "src/plugin.c", "test/test_plugin.c" => "test/test_plugin.c",
    "README.md" => "README.md", "gitignore" => ".gitignore");

/// How the templates refer to the SDKs.
const DEFAULT_SDK: &str = "../wasm-connect/sdk";

/// Writes the project, and says what was written.
pub fn run(args: &Args) -> Result<String, String> {
    check_name(&args.name)?;
    let project = args.directory.join(&args.name);
    if project.exists() {
        return Err(format!("{} is there already", project.display()));
    }
    let (kind, lang) = (name_of(args.kind), name_of(args.lang));
    for (path, text) in files(args.lang, args.kind) {
        write(&project.join(fill_in(path, args)), &fill_in(text, args))?;
    }
    Ok(format!("{0}: a {kind} in {lang}; {0}/README.md says how to go on\n", project.display()))
}

fn files(language: Language, kind: Kind) -> &'static [TemplateFile] {
    match (language, kind) {
        (Language::Rust, Kind::Source) => RUST_SOURCE,
        (Language::Rust, Kind::Sink) => RUST_SINK,
        (Language::Rust, Kind::Transform) => RUST_TRANSFORM,
        (Language::Python, Kind::Source) => PYTHON_SOURCE,
        (Language::Python, Kind::Sink) => PYTHON_SINK,
        (Language::Python, Kind::Transform) => PYTHON_TRANSFORM,
        (Language::Go, Kind::Source) => GO_SOURCE,
        (Language::Go, Kind::Sink) => GO_SINK,
        (Language::Go, Kind::Transform) => GO_TRANSFORM,
        (Language::Javascript, Kind::Source) => JAVASCRIPT_SOURCE,
        (Language::Javascript, Kind::Sink) => JAVASCRIPT_SINK,
        (Language::Javascript, Kind::Transform) => JAVASCRIPT_TRANSFORM,
        (Language::C, Kind::Source) => C_SOURCE,
        (Language::C, Kind::Sink) => C_SINK,
        (Language::C, Kind::Transform) => C_TRANSFORM,
    }
}

fn name_of(value: impl ValueEnum) -> String {
    value.to_possible_value().map(|value| value.get_name().to_owned()).unwrap_or_default()
}

/// A name that is one of a crate, and with underscores one of a module.
fn check_name(name: &str) -> Result<(), String> {
    let is_letter = |c: char| c.is_ascii_lowercase();
    let fits = name.starts_with(is_letter)
        && name.chars().all(|c| is_letter(c) || c.is_ascii_digit() || c == '-')
        && !name.ends_with('-')
        && !name.contains("--");
    if fits {
        Ok(())
    } else {
        Err(format!("{name:?} is no name: lower-case letters and digits, with single hyphens between"))
    }
}

/// The template's text for this project.
fn fill_in(text: &str, args: &Args) -> String {
    text.replace(DEFAULT_SDK, &args.sdk)
        .replace("my-plugin", &args.name)
        .replace("my_plugin", &args.name.replace('-', "_"))
        .replace("My-plugin", &sentence_case(&args.name))
        .replace("MyPlugin", &camel_case(&args.name))
}

fn sentence_case(name: &str) -> String {
    let (first, rest) = name.split_at(name.len().min(1));
    first.to_uppercase() + rest
}

fn camel_case(name: &str) -> String {
    name.split('-').map(sentence_case).collect()
}

fn write(path: &Path, text: &str) -> Result<(), String> {
    let written = path.parent().map_or(Ok(()), fs::create_dir_all).and_then(|()| fs::write(path, text));
    written.map_err(|error| format!("could not write {}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_those_of_crates_and_modules() {
        for name in ["a", "orders-source", "s3-sink"] {
            assert_eq!(check_name(name), Ok(()));
        }
        for name in ["", "-a", "a-", "a--b", "3a", "Orders", "a_b", "../a", "a/b", "ä"] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }

    #[test]
    fn a_template_is_filled_in() {
        let args = Args {
            name: "s3-orders".into(),
            lang: Language::Rust,
            kind: Kind::Sink,
            directory: ".".into(),
            sdk: "/sdk".into(),
        };
        let text = fill_in("my-plugin my_plugin MyPluginTask ../wasm-connect/sdk/rust", &args);
        assert_eq!(text, "s3-orders s3_orders S3OrdersTask /sdk/rust");
    }

    #[test]
    fn every_template_has_a_readme_and_names_the_plugin_in_each_file() {
        for language in Language::value_variants() {
            for kind in Kind::value_variants() {
                let files = files(*language, *kind);
                assert!(files.iter().any(|(path, _)| *path == "README.md"));
                for (path, text) in files {
                    let named = ["my-plugin", "my_plugin", "MyPlugin"].iter().any(|name| text.contains(name));
                    assert!(named || *path == ".gitignore", "{path} of {language:?} {kind:?}");
                }
            }
        }
    }
}
