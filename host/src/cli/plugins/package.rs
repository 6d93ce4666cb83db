//! `plugins package`: embeds a component's own description in its file.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::componentize::{componentize, is_core_module};
use crate::plugin::component::ComponentRuntime;
use crate::plugin::package::{with_description, without_description};

/// Embed a component's own description, so that a worker need not compile it to know what it is.
///
/// The component is compiled and asked, as a worker would, and what it says of itself is written behind it. Do this after every build.
///
/// A core module, which is what compilers for Go and C write (GOOS=wasip1 GOARCH=wasm go build -buildmode=c-shared; sdk/c/plugin.mk),
/// is made a component first. That takes wasm-tools, in the PATH or where WASM_TOOLS says.
///
/// Example: wasm-connect plugins package target/wasm32-wasip2/release/countdown.wasm -o plugin-path/countdown.wasm
#[derive(clap::Args, Clone, Debug)]
pub struct Args {
    /// The component, or core module
    file: PathBuf,
    /// Where the packaged component goes; may be the same file
    #[arg(short, long)]
    output: PathBuf,
}

/// What was embedded, a line a class.
pub async fn run(Args { file, output }: Args) -> Result<String, String> {
    let in_file = |reason: String| format!("{}: {reason}", file.display());
    let mut component = fs::read(&file).map_err(|error| in_file(format!("could not read it: {error}")))?;
    if is_core_module(&component) {
        component = componentize(&component, &output).map_err(in_file)?;
    }
    let bare = without_description(&component).map_err(in_file)?;
    let runtime = ComponentRuntime::new(super::options())?;
    let name = file.file_stem().unwrap_or_default().to_string_lossy();
    let description = runtime.describe_component(&name, bare.clone()).await.map_err(in_file)?;
    let packaged = with_description(bare, &description).map_err(in_file)?;
    write_atomically(&output, &packaged).map_err(|error| format!("could not write {}: {error}", output.display()))?;
    let mut text = String::new();
    for plugin in &description.plugins {
        let _ = writeln!(text, "{}: {} {} {}", output.display(), plugin.kind, plugin.class, plugin.version);
    }
    Ok(text)
}

/// A worker that scans meanwhile sees the old file or the whole new one: the scanner passes over names with a dot in front.
fn write_atomically(output: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let name = output.file_name().unwrap_or_default().to_string_lossy();
    let temporary = output.with_file_name(format!(".{name}.{}", std::process::id()));
    let written = fs::write(&temporary, bytes).and_then(|()| fs::rename(&temporary, output));
    if written.is_err() {
        let _ = fs::remove_file(&temporary);
    }
    written
}
