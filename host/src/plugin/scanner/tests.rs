//! Scans of components made by hand.

use std::sync::Mutex;

use wasm_encoder::{
    Component, ComponentExportKind, ComponentExportSection, ComponentImportSection, ComponentInstanceSection,
    ComponentTypeRef, ComponentTypeSection, InstanceType,
};

use super::*;
use crate::plugin::description::{DescribedPlugin, SECTION};
use crate::plugin::package::{with_description, without_description};
use crate::plugin::ports::PluginKind;

/// A component that imports and exports empty instances under these names.
pub(super) fn component(imports: &[&str], exports: &[&str]) -> Vec<u8> {
    let mut component = Component::new();
    let mut types = ComponentTypeSection::new();
    types.instance(&InstanceType::new());
    component.section(&types);
    let mut imported = ComponentImportSection::new();
    for name in imports {
        imported.import(*name, ComponentTypeRef::Instance(0));
    }
    component.section(&imported);
    let mut instances = ComponentInstanceSection::new();
    let none: [(&str, ComponentExportKind, u32); 0] = [];
    instances.export_items(none);
    component.section(&instances);
    let mut exported = ComponentExportSection::new();
    let instance = imports.len() as u32;
    for name in exports {
        exported.export(*name, ComponentExportKind::Instance, instance, None);
    }
    component.section(&exported);
    component.finish()
}

pub(super) const SOURCE: [&str; 3] =
    ["kafka:connect/plugin@0.1.0", "kafka:connect/source-connector@0.1.0", "kafka:connect/source-task@0.1.0"];

pub(super) fn description(kind: PluginKind) -> Description {
    let plugin = DescribedPlugin {
        class: "a.B".into(),
        kind,
        task_class: None,
        version: "1.0".into(),
        documentation: String::new(),
        config: Vec::new(),
    };
    Description { contract: "0.1.0".into(), plugins: vec![plugin] }
}

#[track_caller]
fn refused(bytes: &[u8], reason: &str) {
    assert_eq!(inspect(bytes).map(drop), Err(reason.to_owned()));
}

#[test]
fn what_is_no_component_is_named() {
    refused(b"", "it is empty");
    refused(b"#!/bin/sh", "it is not a WebAssembly file");
    let core = "it is a core module, not a component (`wasm-tools component new` makes one of it)";
    refused(b"\0asm\x01\0\0\0", core);
    let whole = component(&[], &SOURCE);
    refused(&whole[..whole.len() - 3], "it ends in the middle of a section");
}

#[test]
fn what_is_no_plugin_is_named() {
    refused(&component(&[], &["wasi:cli/run@0.2.0"]), "it is a component but exports no interface of kafka:connect");
    refused(
        &component(&[], &SOURCE[1..]),
        "it does not export the interface kafka:connect/plugin, by which plugins say what they are",
    );
}

#[test]
fn a_contract_that_is_not_spoken_is_named_with_those_that_are() {
    let refusal = "it speaks version 0.2.0 of the contract kafka:connect, and this worker speaks 0.1.0";
    refused(&component(&[], &["kafka:connect/plugin@0.2.0"]), refusal);
    refused(&component(&["kafka:connect/logging@0.2.0"], &SOURCE), refusal);
    assert!(inspect(&component(&["kafka:connect/logging@0.1.7", "wasi:cli/stdin@0.2.12"], &SOURCE)).is_ok());
}

#[test]
fn a_described_kind_needs_its_interfaces() {
    let inspected = inspect(&component(&[], &SOURCE)).unwrap();
    assert_eq!(inspected.interfaces, ["plugin", "source-connector", "source-task"]);
    assert_eq!(inspected.check(&description(PluginKind::Source)), Ok(()));
    assert_eq!(
        inspected.check(&description(PluginKind::Sink)),
        Err("it describes the sink a.B and does not export the interface kafka:connect/sink-connector".into())
    );
}

#[test]
fn an_embedded_description_is_read_and_replaced() {
    let bare = component(&[], &SOURCE);
    let packaged = with_description(bare.clone(), &description(PluginKind::Source)).unwrap();
    let embedded = inspect(&packaged).unwrap().description.unwrap();
    assert!(embedded.agrees_with(&description(PluginKind::Source)));
    assert_eq!(without_description(&packaged).unwrap(), bare);
    assert_eq!(without_description(&bare).unwrap(), bare);
}

#[test]
fn an_embedded_description_that_cannot_be_read_is_named() {
    use wasm_encoder::{ComponentSection, CustomSection};
    let mut component = component(&[], &SOURCE);
    CustomSection { name: SECTION.into(), data: b"{\"contract\":1}".into() }.append_to_component(&mut component);
    let refusal = inspect(&component).unwrap_err();
    assert!(refusal.starts_with("its embedded description cannot be read: "), "{refusal}");
}

/// Answers for every file, or refuses it, and remembers which were asked.
#[derive(Default)]
pub(super) struct Answer {
    pub asked: Mutex<Vec<PathBuf>>,
    pub refusal: Option<&'static str>,
}

#[async_trait]
impl Describe for Answer {
    async fn describe(&self, file: &Arc<PluginFile>) -> Result<Description, String> {
        self.asked.lock().unwrap().push(file.path.clone());
        Ok(description(PluginKind::Source))
    }

    async fn check(&self, _: &Arc<PluginFile>) -> Result<(), String> {
        self.refusal.map_or(Ok(()), |reason| Err(reason.to_owned()))
    }
}

#[tokio::test]
async fn a_path_is_scanned_one_directory_deep() {
    let root = std::env::temp_dir().join(format!("wasm-connect-scan-{}", std::process::id()));
    let _ = fs::remove_dir_all(&root);
    fs::create_dir_all(root.join("z/deeper")).unwrap();
    let bare = component(&[], &SOURCE);
    let packaged = with_description(bare.clone(), &description(PluginKind::Source)).unwrap();
    for (name, bytes) in [
        ("b.wasm", &packaged),
        ("z/a.wasm", &bare),
        ("z/deeper/c.wasm", &bare),
        (".d.wasm", &bare),
        ("notes.txt", &bare),
        ("old.jar", &bare),
        ("broken.wasm", &b"text".to_vec()),
    ] {
        fs::write(root.join(name), bytes).unwrap();
    }
    let answer = Arc::new(Answer::default());
    let elements = vec![root.clone(), root.join("b.wasm"), root.join("nowhere")];
    let scan = Scanner { plugin_path: elements, max_bytes: 1 << 20, describe: answer.clone() }.scan().await;
    let found: Vec<_> = scan.plugins.iter().map(|file| file.file.path.strip_prefix(&root).unwrap()).collect();
    assert_eq!(found, [Path::new("b.wasm"), Path::new("z/a.wasm")]);
    assert_eq!(*answer.asked.lock().unwrap(), [root.join("z/a.wasm")], "only what has no description is asked");
    let [broken] = scan.broken.as_slice() else { panic!("one broken file") };
    assert_eq!(
        (broken.file.path.as_path(), broken.reason.as_str()),
        (&*root.join("broken.wasm"), "it is not a WebAssembly file")
    );
    assert_eq!(scan.jars, [root.join("old.jar")]);
    assert_eq!(scan.missing, [root.join("nowhere")]);
    fs::remove_dir_all(&root).unwrap();
}

#[test]
fn a_plugin_path_is_a_list() {
    assert_eq!(plugin_path(" /a , b.wasm,,"), [PathBuf::from("/a"), PathBuf::from("b.wasm")]);
}
