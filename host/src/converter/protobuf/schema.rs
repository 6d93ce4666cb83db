//! Schemas of Protobuf from their text: the messages of a file, with the names of all types resolved.

use std::sync::OnceLock;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use prost_reflect::prost::Message;
use prost_reflect::prost_types::{
    DescriptorProto, EnumOptions, FieldDescriptorProto, FieldOptions, FileDescriptorProto, MessageOptions,
    UninterpretedOption,
};
use prost_reflect::{DescriptorPool, FieldDescriptor, MapKey, MessageDescriptor, Value};

use super::known;
use super::names::FIELD_META;
use crate::converter::ConvertError;

/// The name of the file itself, which no reference has.
const ITSELF: &str = "<schema>";

/// A registered schema.
pub(super) struct ProtoFile {
    pool: DescriptorPool,
    messages: Vec<Indexed>,
}

/// A message at its index among its siblings.
struct Indexed {
    full_name: String,
    nested: Vec<Indexed>,
}

fn failed<T>(why: impl Into<String>) -> Result<T, ConvertError> {
    Err(ConvertError(why.into()))
}

impl ProtoFile {
    /// `references` are texts by the name of their import, each after those that it imports itself.
    pub(super) fn parse(text: &str, references: &[(String, String)]) -> Result<Self, ConvertError> {
        let mut pool = known_pool()?;
        for (name, text) in references {
            if pool.get_file_by_name(name).is_none() {
                Source::parse(name, text)
                    .and_then(|source| source.add(&mut pool))
                    .map_err(|ConvertError(why)| ConvertError(format!("import {name}: {why}")))?;
            }
        }
        let source = Source::parse(ITSELF, text)?;
        let messages = match source.public_import() {
            Some(import) => file(&pool, import)?.messages().map(|message| indexed(&message)).collect(),
            None => source.messages(),
        };
        source.add(&mut pool)?;
        Ok(Self { pool, messages })
    }

    /// The message that the indexes of a value lead to.
    pub(super) fn message_at(&self, indexes: &[i64]) -> Result<MessageDescriptor, ConvertError> {
        let (mut siblings, mut found) = (&self.messages, None);
        for index in indexes {
            let Some(message) = usize::try_from(*index).ok().and_then(|index| siblings.get(index)) else {
                return failed(format!("Invalid message indexes: {indexes:?}"));
            };
            (siblings, found) = (&message.nested, Some(message));
        }
        match found.and_then(|message| self.pool.get_message_by_name(&message.full_name)) {
            Some(descriptor) => Ok(descriptor),
            None => failed(format!("Invalid message indexes: {indexes:?}")),
        }
    }

    /// The indexes of a message, if the file has it.
    pub(super) fn indexes_of(&self, full_name: &str) -> Option<Vec<i64>> {
        fn search(siblings: &[Indexed], full_name: &str, path: &mut Vec<i64>) -> bool {
            for (message, index) in siblings.iter().zip(0i64..) {
                path.push(index);
                if message.full_name == full_name || search(&message.nested, full_name, path) {
                    return true;
                }
                path.pop();
            }
            false
        }
        let mut path = Vec::new();
        search(&self.messages, full_name, &mut path).then_some(path)
    }

    /// What Confluent's option says of a field, under its name.
    pub(super) fn meta(&self, field: &FieldDescriptor, parameter: &str) -> Option<String> {
        let extension = self.pool.get_extension_by_name(FIELD_META)?;
        let options = field.options();
        if !options.has_extension(&extension) {
            return None;
        }
        let value = options.get_extension(&extension);
        let parameters = value.as_message()?.get_field_by_name("params")?;
        let Value::Map(parameters) = parameters.as_ref() else { return None };
        Some(parameters.get(&MapKey::String(parameter.to_owned()))?.as_str()?.to_owned())
    }
}

fn file(pool: &DescriptorPool, name: &str) -> Result<prost_reflect::FileDescriptor, ConvertError> {
    pool.get_file_by_name(name)
        .ok_or_else(|| ConvertError(format!("imported file '{name}' is neither a reference of the schema nor known")))
}

fn indexed(message: &MessageDescriptor) -> Indexed {
    let nested = message.child_messages().filter(|nested| !nested.is_map_entry());
    Indexed { full_name: message.full_name().to_owned(), nested: nested.map(|nested| indexed(&nested)).collect() }
}

/// The files that need no reference.
fn known_pool() -> Result<DescriptorPool, ConvertError> {
    static KNOWN: OnceLock<Result<DescriptorPool, ConvertError>> = OnceLock::new();
    let known = KNOWN.get_or_init(|| {
        let mut pool = DescriptorPool::global();
        for (name, text) in known::FILES {
            let file = protox_parse::parse(name, text).map_err(|error| ConvertError(format!("{name}: {error}")))?;
            pool.add_file_descriptor_proto(file).map_err(|error| ConvertError(format!("{name}: {error}")))?;
        }
        Ok(pool)
    });
    known.clone()
}

// === one file

/// One file before its names are resolved.
enum Source {
    Text(FileDescriptorProto),
    /// As `format=serialized` gives it; the bytes have options that the parsed form has not.
    Descriptor(FileDescriptorProto, Vec<u8>),
}

impl Source {
    fn parse(name: &str, text: &str) -> Result<Self, ConvertError> {
        let error = match protox_parse::parse(name, text) {
            Ok(mut file) => {
                tidy_file(&mut file);
                return Ok(Source::Text(file));
            }
            Err(error) => error,
        };
        let encoded: String = text.split_ascii_whitespace().collect();
        let decoded = BASE64_STANDARD.decode(encoded).ok();
        let descriptor = decoded.and_then(|bytes| Some((FileDescriptorProto::decode(bytes.as_slice()).ok()?, bytes)));
        match descriptor {
            Some((file, _)) if !matches!(file.syntax(), "" | "proto2" | "proto3") => {
                failed(format!("Could not parse Protobuf - unknown syntax {:?}", file.syntax()))
            }
            Some((mut file, mut bytes)) => {
                // Of two names the last one counts.
                bytes.extend(FileDescriptorProto { name: Some(name.to_owned()), ..Default::default() }.encode_to_vec());
                file.name = Some(name.to_owned());
                Ok(Source::Descriptor(file, bytes))
            }
            None => {
                let start = error.span().map_or(0, |span| span.start);
                let line = text.bytes().take(start).filter(|byte| *byte == b'\n').count() + 1;
                failed(format!("Could not parse Protobuf - line {line}: {error}"))
            }
        }
    }

    fn file(&self) -> &FileDescriptorProto {
        match self {
            Source::Text(file) | Source::Descriptor(file, _) => file,
        }
    }

    /// The one file that stands for this one, which only imports it for others.
    fn public_import(&self) -> Option<&str> {
        let file = self.file();
        let is_wrapper = file.message_type.is_empty() && file.enum_type.is_empty();
        let mut imports = file.dependency.iter().filter(|import| *import != known::META);
        match (imports.next(), imports.next(), file.public_dependency.as_slice()) {
            (Some(import), None, [0]) if is_wrapper => Some(import),
            _ => None,
        }
    }

    /// The messages, without those that the parser made of maps, which have no index.
    fn messages(&self) -> Vec<Indexed> {
        let is_written = |message: &&DescriptorProto| match self {
            Source::Text(_) => !message.options.as_ref().is_some_and(MessageOptions::map_entry),
            Source::Descriptor(..) => true,
        };
        fn index(scope: &str, message: &DescriptorProto, is_written: &impl Fn(&&DescriptorProto) -> bool) -> Indexed {
            let full_name =
                if scope.is_empty() { message.name().to_owned() } else { format!("{scope}.{}", message.name()) };
            let nested = message.nested_type.iter().filter(is_written);
            Indexed { nested: nested.map(|nested| index(&full_name, nested, is_written)).collect(), full_name }
        }
        let (file, written) = (self.file(), self.file().message_type.iter().filter(is_written));
        written.map(|message| index(file.package(), message, &is_written)).collect()
    }

    /// Resolves the names; what the pool has already, as Google's own files, is not added again.
    fn add(self, pool: &mut DescriptorPool) -> Result<(), ConvertError> {
        let of = self.file();
        for import in &of.dependency {
            file(pool, import)?;
        }
        let package = of.package();
        let is_known = |message: &DescriptorProto| {
            pool.get_message_by_name(&format!("{package}.{}", message.name()))
                .is_some_and(|known| known.parent_file().name() != of.name())
        };
        if !of.message_type.is_empty() && of.message_type.iter().all(is_known) {
            return Ok(());
        }
        let added = match self {
            Source::Text(file) => pool.add_file_descriptor_proto(file),
            Source::Descriptor(_, bytes) => pool.decode_file_descriptor_proto(bytes.as_slice()),
        };
        added.map_err(|error| ConvertError(format!("Could not parse Protobuf - {error}")))
    }
}

// === options

/// Leaves of services, extensions and options what says how values are read: others may use what was never registered.
fn tidy_file(file: &mut FileDescriptorProto) {
    (file.options, file.source_code_info) = (None, None);
    file.service.clear();
    file.extension.clear();
    for message in &mut file.message_type {
        tidy_message(message);
    }
    for tidied in &mut file.enum_type {
        tidied.options = tidied.options.as_ref().map(enum_options);
        tidied.value.iter_mut().for_each(|value| value.options = None);
    }
    if !file.dependency.iter().any(|import| import == known::META) {
        file.dependency.push(known::META.to_owned());
    }
}

/// Messages are not nested deeper than the parser allows.
fn tidy_message(message: &mut DescriptorProto) {
    message.extension.clear();
    message.extension_range.iter_mut().for_each(|range| range.options = None);
    let is_map_entry = message.options.as_ref().is_some_and(MessageOptions::map_entry);
    message.options = is_map_entry.then(|| MessageOptions { map_entry: Some(true), ..MessageOptions::default() });
    message.oneof_decl.iter_mut().for_each(|oneof| oneof.options = None);
    message.field.iter_mut().for_each(tidy_field);
    for tidied in &mut message.enum_type {
        tidied.options = tidied.options.as_ref().map(enum_options);
        tidied.value.iter_mut().for_each(|value| value.options = None);
    }
    message.nested_type.iter_mut().for_each(tidy_message);
}

fn tidy_field(field: &mut FieldDescriptorProto) {
    let Some(options) = field.options.take() else { return };
    let mut kept = FieldOptions { packed: options.packed, ..FieldOptions::default() };
    for mut option in options.uninterpreted_option {
        match option.name.as_mut_slice() {
            [only] if !only.is_extension && only.name_part == "packed" => kept.packed = boolean(&option),
            [first, ..] if first.is_extension && first.name_part.trim_start_matches('.') == FIELD_META => {
                first.name_part = format!(".{FIELD_META}");
                kept.uninterpreted_option.push(option);
            }
            _ => {}
        }
    }
    field.options = Some(kept);
}

fn enum_options(options: &EnumOptions) -> EnumOptions {
    let is_alias = |option: &&UninterpretedOption| match option.name.as_slice() {
        [only] => !only.is_extension && only.name_part == "allow_alias",
        _ => false,
    };
    let written = options.uninterpreted_option.iter().find(is_alias).and_then(boolean);
    EnumOptions { allow_alias: written.or(options.allow_alias), ..EnumOptions::default() }
}

fn boolean(option: &UninterpretedOption) -> Option<bool> {
    match option.identifier_value.as_deref() {
        Some("true") => Some(true),
        Some("false") => Some(false),
        _ => None,
    }
}
