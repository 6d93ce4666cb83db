//! What a component's file tells without being compiled: which contract it speaks, what it exports, and its embedded description.

use wasmparser::{ComponentExternalKind, Encoding, Parser, Payload};

use crate::plugin::description::{Description, SECTION, SPOKEN_CONTRACTS};
use crate::plugin::ports::PluginKind;

/// The package of the contract, in front of an interface's name.
const PACKAGE: &str = "kafka:connect/";

/// Why half a copy is no plugin.
const TORN: &str = "it ends in the middle of a section";

/// What decoding tells of a component.
#[derive(Clone, Debug)]
pub struct Inspected {
    /// The version of the contract that its interfaces have.
    pub contract: String,
    /// Names of the contract's interfaces that it exports, without package and version.
    pub interfaces: Vec<String>,
    /// Everything that it imports.
    pub imports: Vec<String>,
    /// The embedded description, if it has one.
    pub description: Option<Description>,
}

/// Decodes the outermost level of a component. An error is the reason why it is no plugin.
pub fn inspect(bytes: &[u8]) -> Result<Inspected, String> {
    if !bytes.starts_with(b"\0asm") {
        return Err(if bytes.is_empty() { "it is empty" } else { "it is not a WebAssembly file" }.into());
    }
    let mut exports = Vec::new();
    let mut imports = Vec::new();
    let mut section = None;
    let mut rest = bytes;
    let mut parser = Parser::new(0);
    let mut position = 0;
    loop {
        let (consumed, payload) = match parser.parse(rest, true).map_err(|error| malformed(&error))? {
            wasmparser::Chunk::Parsed { consumed, payload } => (consumed, payload),
            wasmparser::Chunk::NeedMoreData(_) => return Err(TORN.into()),
        };
        position += consumed;
        match payload {
            Payload::Version { encoding: Encoding::Module, .. } => {
                return Err("it is a core module, not a component (`wasm-tools component new` makes one of it)".into());
            }
            Payload::ComponentExportSection(reader) => {
                for export in reader {
                    let export = export.map_err(|error| malformed(&error))?;
                    if export.kind == ComponentExternalKind::Instance {
                        exports.push(export.name.name);
                    }
                }
            }
            Payload::ComponentImportSection(reader) => {
                for import in reader {
                    imports.push(import.map_err(|error| malformed(&error))?.name.name);
                }
            }
            Payload::CustomSection(reader) if reader.name() == SECTION => section = Some(reader.data()),
            // What is inside matters when it is compiled.
            Payload::ModuleSection { unchecked_range, .. } | Payload::ComponentSection { unchecked_range, .. } => {
                if unchecked_range.end > bytes.len() {
                    return Err(TORN.into());
                }
                position = unchecked_range.end;
            }
            Payload::End(_) => break,
            _ => {}
        }
        rest = &bytes[position..];
    }
    let contract = contract(&exports, &imports)?;
    let description = section.map(|json| embedded(json, &contract)).transpose()?;
    let name = |export: &&str| export.strip_prefix(PACKAGE).and_then(|name| name.split('@').next()).map(str::to_owned);
    let interfaces: Vec<String> = exports.iter().filter_map(name).collect();
    if !interfaces.iter().any(|interface| interface == "plugin") {
        return Err(format!("it does not export the interface {PACKAGE}plugin, by which plugins say what they are"));
    }
    let imports = imports.into_iter().map(str::to_owned).collect();
    Ok(Inspected { contract, interfaces, imports, description })
}

fn malformed(error: &wasmparser::BinaryReaderError) -> String {
    if error.message().starts_with("unexpected end") {
        return TORN.into();
    }
    format!("it is damaged: {error}")
}

/// The one version of the contract that the component's interfaces have, if it is spoken here.
fn contract(exports: &[&str], imports: &[&str]) -> Result<String, String> {
    let version = |name: &&str| Some(name.strip_prefix(PACKAGE)?.split_once('@')?.1.to_owned());
    let exported: Vec<String> = exports.iter().filter_map(version).collect();
    let Some(contract) = exported.first() else {
        return Err(format!("it is a component but exports no interface of {}", PACKAGE.trim_end_matches('/')));
    };
    let all = exported.iter().cloned().chain(imports.iter().filter_map(version));
    for version in all {
        if !is_spoken(&version) {
            return Err(format!(
                "it speaks version {version} of the contract kafka:connect, and this worker speaks {}",
                SPOKEN_CONTRACTS.join(", ")
            ));
        }
    }
    Ok(contract.clone())
}

/// Within one minor version functions are only added, so old and new understand each other.
fn is_spoken(version: &str) -> bool {
    let minor = |version: &str| version.rsplit_once('.').map(|(minor, _)| minor.to_owned());
    SPOKEN_CONTRACTS.iter().any(|spoken| minor(spoken) == minor(version))
}

fn embedded(json: &[u8], contract: &str) -> Result<Description, String> {
    let description: Description =
        serde_json::from_slice(json).map_err(|error| format!("its embedded description cannot be read: {error}"))?;
    if !is_spoken(&description.contract) {
        return Err(format!(
            "its embedded description is of contract {}, and its interfaces are of {contract}",
            description.contract
        ));
    }
    Ok(description)
}

impl Inspected {
    /// Whether the component has what its description promises.
    pub fn check(&self, description: &Description) -> Result<(), String> {
        if let Some(fault) = description.fault() {
            return Err(fault);
        }
        for plugin in &description.plugins {
            for needed in interfaces_of(plugin.kind) {
                if !self.interfaces.iter().any(|interface| interface == needed) {
                    return Err(format!(
                        "it describes the {} {} and does not export the interface {PACKAGE}{needed}",
                        plugin.kind, plugin.class
                    ));
                }
            }
        }
        Ok(())
    }
}

/// The interfaces that a kind needs.
fn interfaces_of(kind: PluginKind) -> &'static [&'static str] {
    match kind {
        PluginKind::Source => &["source-connector", "source-task"],
        PluginKind::Sink => &["sink-connector", "sink-task"],
        PluginKind::Transformation => &["transformation"],
        PluginKind::Predicate => &["predicate"],
        PluginKind::Converter | PluginKind::HeaderConverter => &["converter"],
    }
}
