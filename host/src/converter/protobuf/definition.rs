//! The .proto text of a Connect schema (`ProtobufData.fromConnectSchema`), in the layout in which Confluent's converter registers it.

use std::collections::{HashMap, HashSet};

use wasm_connect_batch::{Limits, Schema, Type, logical};

use super::known::WRAPPERS;
use super::{Options, names};
use crate::converter::ConvertError;
use crate::converter::java::logical::Logical;
use crate::converter::schema_registry::Definition;

/// The largest number that a field may have.
const MAX_FIELD_NUMBER: u32 = 536_870_911;
/// Numbers that fields may not have.
const RESERVED_NUMBERS: std::ops::RangeInclusive<u32> = 19_000..=19_999;

/// The schema as text.
pub(super) fn definition(schema: Option<&Schema>, options: &Options) -> Result<Definition, ConvertError> {
    let Some(schema) = schema else {
        return Err(ConvertError("values without a schema cannot be written as Protobuf".to_owned()));
    };
    if Logical::of(Some(schema)).is_some() {
        let name = schema.name().unwrap_or_default();
        return Err(ConvertError(format!("Unsupported root schema of type {name}; it can be a field of a struct")));
    }
    match (schema.ty(), wrapper(schema.ty())) {
        (_, Some(wrapper)) => Ok(Definition { text: WRAPPERS.to_owned(), record: Some(wrapper.to_owned()) }),
        (Type::Struct, None) => file(schema, options),
        (ty, None) => Err(ConvertError(format!("Unsupported root schema of type {ty}"))),
    }
}

/// The full name of the message that a struct is written as (`ProtobufData.fromConnectData`), or of a primitive's wrapper.
pub(super) fn root_name(schema: &Schema, options: &Options) -> String {
    match wrapper(schema.ty()) {
        Some(wrapper) => wrapper.to_owned(),
        None => {
            let default = format!("{}1", names::DEFAULT_NAME);
            let name = schema.name().filter(|name| !name.is_empty()).unwrap_or(&default);
            // As Java's `String.split`, which drops empty parts at the end.
            let parts = name.trim_end_matches('.').split('.');
            parts.map(|part| scrubbed(part, options)).collect::<Vec<_>>().join(".")
        }
    }
}

/// A name as it may be written.
pub(super) fn scrubbed(name: &str, options: &Options) -> String {
    if options.scrub { names::scrub(name) } else { name.to_owned() }
}

/// The message around a value of a primitive type.
pub(super) fn wrapper(ty: Type) -> Option<&'static str> {
    Some(match ty {
        Type::Int8 | Type::Int16 | Type::Int32 => "google.protobuf.Int32Value",
        Type::Int64 => "google.protobuf.Int64Value",
        Type::Float32 => "google.protobuf.FloatValue",
        Type::Float64 => "google.protobuf.DoubleValue",
        Type::Boolean => "google.protobuf.BoolValue",
        Type::String => "google.protobuf.StringValue",
        Type::Bytes => "google.protobuf.BytesValue",
        Type::Array | Type::Map | Type::Struct => return None,
    })
}

/// Whether a struct stands for a oneof.
pub(super) fn is_union(schema: &Schema) -> bool {
    schema.ty() == Type::Struct && schema.name().is_some_and(|name| name.starts_with(names::UNION))
}

/// Whether a string or a number is an enumeration.
fn enumeration(schema: &Schema) -> Option<&str> {
    matches!(schema.ty(), Type::String | Type::Int32).then(|| schema.parameter(names::ENUM)).flatten()
}

fn file(schema: &Schema, options: &Options) -> Result<Definition, ConvertError> {
    let full_name = root_name(schema, options);
    full_name.split('.').try_for_each(names::check)?;
    let (package, name) = full_name.rsplit_once('.').map_or((None, full_name.as_str()), |(p, n)| (Some(p), n));
    // The struct itself has the first number if it has no name.
    let unnamed = u32::from(schema.name().is_none_or(str::is_empty));
    let mut writer = DefinitionWriter { options, imports: Vec::new(), unnamed, depth: 0 };
    let message = writer.message(name, schema)?;
    let mut text = "syntax = \"proto3\";\n".to_owned();
    if let Some(package) = package {
        text.push_str(&format!("package {package};\n"));
    }
    text.push('\n');
    if !writer.imports.is_empty() {
        for import in &writer.imports {
            text.push_str(&format!("import \"{import}\";\n"));
        }
        text.push('\n');
    }
    message.write(&mut text, 0);
    Ok(Definition { text, record: Some(full_name) })
}

/// A message as it will be written.
#[derive(Default)]
struct MessageText {
    name: String,
    fields: Vec<String>,
    oneofs: Vec<(String, Vec<String>)>,
    messages: Vec<MessageText>,
    enums: Vec<(String, Vec<String>)>,
    numbers: HashMap<u32, String>,
}

impl MessageText {
    /// Empty lines are indented, too, as Confluent's are.
    fn write(&self, out: &mut String, depth: usize) {
        let indent = "  ".repeat(depth);
        out.push_str(&format!("{indent}message {} {{", self.name));
        let mut is_first = true;
        let mut begin = |out: &mut String, is_empty: bool| {
            if !is_empty {
                let is_first = std::mem::replace(&mut is_first, false);
                out.push_str(if is_first { "" } else { &indent });
                out.push('\n');
            }
        };
        begin(out, self.fields.is_empty());
        lines(out, &self.fields, depth + 1);
        begin(out, self.oneofs.is_empty());
        for (name, fields) in &self.oneofs {
            block(out, "oneof", name, fields, depth + 1);
        }
        begin(out, self.messages.is_empty() && self.enums.is_empty());
        for message in &self.messages {
            message.write(out, depth + 1);
        }
        for (name, symbols) in &self.enums {
            block(out, "enum", name, symbols, depth + 1);
        }
        if !is_first {
            out.push_str(&indent);
        }
        out.push_str("}\n");
    }
}

fn block(out: &mut String, keyword: &str, name: &str, content: &[String], depth: usize) {
    let indent = "  ".repeat(depth);
    out.push_str(&format!("{indent}{keyword} {name} {{"));
    if !content.is_empty() {
        out.push('\n');
        lines(out, content, depth + 1);
        out.push_str(&indent);
    }
    out.push_str("}\n");
}

fn lines(out: &mut String, texts: &[String], depth: usize) {
    let indent = "  ".repeat(depth);
    for line in texts.iter().flat_map(|text| text.lines()) {
        out.push_str(&format!("{indent}{line}\n"));
    }
}

struct DefinitionWriter<'o> {
    options: &'o Options,
    imports: Vec<&'static str>,
    /// How many structs and maps had no name.
    unnamed: u32,
    depth: u16,
}

impl DefinitionWriter<'_> {
    fn message(&mut self, name: &str, schema: &Schema) -> Result<MessageText, ConvertError> {
        self.depth += 1;
        if self.depth > Limits::DEPTH {
            return Err(ConvertError(format!("schema is nested deeper than {}", Limits::DEPTH)));
        }
        let mut message = MessageText { name: name.to_owned(), ..MessageText::default() };
        // The messages that are defined in this one.
        let mut defined = HashSet::from([name.to_owned()]);
        let mut counted = 0;
        for field in schema.fields() {
            let number = match number(&field.schema)? {
                Some(number) => number,
                None => {
                    counted += 1;
                    counted
                }
            };
            let name = scrubbed(&field.name, self.options);
            if is_union(&field.schema) {
                self.oneof(&mut message, &mut defined, &field.schema)?;
            } else {
                let is_optional = self.options.optional_for_nullables && field.schema.is_optional();
                let text = self.field(&mut message, &mut defined, &field.schema, &name, number, false)?;
                let is_list = matches!(field.schema.ty(), Type::Array | Type::Map);
                let label = if is_optional && !is_list { "optional " } else { "" };
                message.fields.push(format!("{label}{text}"));
            }
        }
        self.depth -= 1;
        Ok(message)
    }

    fn oneof(
        &mut self,
        message: &mut MessageText,
        defined: &mut HashSet<String>,
        union: &Schema,
    ) -> Result<(), ConvertError> {
        let name = union.name().and_then(|name| name.strip_prefix(names::UNION)).unwrap_or_default();
        let name = self.unqualified(Some(name.trim_start_matches('.')));
        names::check(&name)?;
        let mut members = Vec::new();
        for field in union.fields() {
            let member = scrubbed(&field.name, self.options);
            let number = number(&field.schema)?.unwrap_or(0);
            members.push(self.field(message, defined, &field.schema, &member, number, true)?);
        }
        // Java leaves out a oneof without members.
        if !members.is_empty() {
            message.oneofs.push((name, members));
        }
        Ok(())
    }

    /// A field without `optional`; what its type needs is defined in the message.
    fn field(
        &mut self,
        message: &mut MessageText,
        defined: &mut HashSet<String>,
        schema: &Schema,
        name: &str,
        number: u32,
        is_member: bool,
    ) -> Result<String, ConvertError> {
        let of_field = |ConvertError(why)| ConvertError(format!("field {name}: {why}"));
        names::check(name).map_err(of_field)?;
        check_number(message, name, number)?;
        let repeated = if matches!(schema.ty(), Type::Array | Type::Map) { "repeated " } else { "" };
        let of = match schema.ty() {
            Type::Array => child(schema.value_schema())?,
            _ => schema,
        };
        let mut meta = Vec::new();
        let type_name = self.type_name(of, name, &mut meta, is_member).map_err(of_field)?;
        match (of.ty(), enumeration(of)) {
            _ if Logical::of(Some(of)).is_some() => {}
            (Type::Struct, _) => {
                if is_union(of) {
                    return Err(ConvertError(format!("field {name}: a oneof cannot be in a list, a map or a oneof")));
                }
                if defined.insert(type_name.clone()) {
                    names::check(&type_name).map_err(of_field)?;
                    let nested = self.message(&type_name, of).map_err(of_field)?;
                    message.messages.push(nested);
                }
            }
            (Type::Map, _) => {
                names::check(&type_name).map_err(of_field)?;
                if !defined.insert(type_name.clone()) {
                    return Err(ConvertError(format!("field {name}: \"{type_name}\" is already defined")));
                }
                let entry = self.entry(&type_name, of).map_err(of_field)?;
                message.messages.push(entry);
            }
            (_, Some(_)) => {
                let enum_name = self.unqualified(of.name());
                names::check(&enum_name).map_err(of_field)?;
                if !message.enums.iter().any(|(known, _)| *known == enum_name) {
                    message.enums.push((enum_name, symbols(of).map_err(of_field)?));
                }
            }
            _ => {}
        }
        let import = match type_name.as_str() {
            names::DECIMAL => Some("confluent/type/decimal.proto"),
            names::DATE => Some("google/type/date.proto"),
            names::TIME => Some("google/type/timeofday.proto"),
            names::TIMESTAMP => Some("google/protobuf/timestamp.proto"),
            wrapper if wrapper.starts_with("google.protobuf.") => Some("google/protobuf/wrappers.proto"),
            _ => None,
        };
        if let Some(import) = import.filter(|import| !self.imports.contains(import)) {
            self.imports.push(import);
        }
        Ok(format!("{repeated}{type_name} {name} = {number}{};", meta_text(&meta)))
    }

    fn type_name(
        &mut self,
        schema: &Schema,
        field: &str,
        meta: &mut Vec<(&'static str, String)>,
        is_member: bool,
    ) -> Result<String, ConvertError> {
        match schema.name() {
            Some(logical::DECIMAL) => {
                let mut copy = |from, to| {
                    if let Some(value) = schema.parameter(from) {
                        meta.push((to, value.to_owned()));
                    }
                };
                copy(names::CONNECT_PRECISION, names::PRECISION);
                copy(logical::SCALE, names::SCALE);
                return Ok(names::DECIMAL.to_owned());
            }
            Some(logical::DATE) => return Ok(names::DATE.to_owned()),
            Some(logical::TIME) => return Ok(names::TIME.to_owned()),
            Some(logical::TIMESTAMP) => return Ok(names::TIMESTAMP.to_owned()),
            _ => {}
        }
        if let Some(enumeration) = enumeration(schema) {
            return Ok(enumeration.to_owned());
        }
        let is_wrapped = self.options.wrapper_for_nullables
            && schema.is_optional()
            && (!is_member || schema.parameter(names::WRAPPER) == Some("true"));
        let own_type = schema.parameter(names::TYPE);
        let plain = match schema.ty() {
            Type::Int8 => {
                meta.push((names::CONNECT_TYPE, "int8".to_owned()));
                "int32"
            }
            Type::Int16 => {
                meta.push((names::CONNECT_TYPE, "int16".to_owned()));
                "int32"
            }
            Type::Int32 => number_type(own_type, "int32", &["sint32", "sfixed32"])?,
            Type::Int64 => {
                number_type(own_type, "int64", &["sint64", "sfixed64", "uint64", "fixed64", "uint32", "fixed32"])?
            }
            Type::Float32 => "float",
            Type::Float64 => "double",
            Type::Boolean => "bool",
            Type::String => "string",
            Type::Bytes => "bytes",
            Type::Array => return Err(ConvertError("Array cannot be nested".to_owned())),
            Type::Map => return Ok(names::map_entry(&self.unqualified(schema.name()))),
            Type::Struct => {
                let name = self.unqualified(schema.name());
                // A field and the type of another cannot have one name.
                return Ok(if name == field { format!("{name}Message") } else { name });
            }
        };
        Ok(match (is_wrapped, plain, wrapper(schema.ty())) {
            (true, "uint32" | "fixed32", _) => "google.protobuf.UInt32Value".to_owned(),
            (true, "uint64" | "fixed64", _) => "google.protobuf.UInt64Value".to_owned(),
            (true, _, Some(wrapper)) => wrapper.to_owned(),
            (_, plain, _) => plain.to_owned(),
        })
    }

    /// The message of a map's entries.
    fn entry(&mut self, name: &str, schema: &Schema) -> Result<MessageText, ConvertError> {
        self.depth += 1;
        if self.depth > Limits::DEPTH {
            return Err(ConvertError(format!("schema is nested deeper than {}", Limits::DEPTH)));
        }
        let mut entry = MessageText { name: name.to_owned(), ..MessageText::default() };
        let mut defined = HashSet::from([name.to_owned()]);
        for (name, number, of) in [("key", 1, schema.key_schema()), ("value", 2, schema.value_schema())] {
            let field = self.field(&mut entry, &mut defined, child(of)?, name, number, false)?;
            entry.fields.push(field);
        }
        self.depth -= 1;
        Ok(entry)
    }

    /// The last part of a name, or the next of those that are counted.
    fn unqualified(&mut self, name: Option<&str>) -> String {
        let name = match name.filter(|name| !name.is_empty()) {
            Some(name) => names::simple(name).to_owned(),
            None => {
                self.unnamed += 1;
                format!("{}{}", names::DEFAULT_NAME, self.unnamed)
            }
        };
        scrubbed(&name, self.options)
    }
}

fn child(schema: Option<&Schema>) -> Result<&Schema, ConvertError> {
    schema.ok_or_else(|| ConvertError("schema lacks the one of its items".to_owned()))
}

/// The number that a schema says its field has.
fn number(schema: &Schema) -> Result<Option<u32>, ConvertError> {
    let Some(text) = schema.parameter(names::TAG) else { return Ok(None) };
    let number = text.trim().parse();
    number.map(Some).map_err(|_| ConvertError(format!("parameter {} is no field number: {text}", names::TAG)))
}

fn check_number(message: &mut MessageText, field: &str, number: u32) -> Result<(), ConvertError> {
    if number == 0 || number > MAX_FIELD_NUMBER || RESERVED_NUMBERS.contains(&number) {
        return Err(ConvertError(format!("field {field}: {number} is no number that a field may have")));
    }
    match message.numbers.insert(number, field.to_owned()) {
        Some(other) => Err(ConvertError(format!(
            "Field number {number} has already been used in \"{}\" by field \"{other}\".",
            message.name
        ))),
        None => Ok(()),
    }
}

/// The type that a number had in Protobuf.
fn number_type<'s>(own: Option<&'s str>, usual: &'s str, others: &[&str]) -> Result<&'s str, ConvertError> {
    match own {
        None => Ok(usual),
        Some(own) if own == usual || others.contains(&own) => Ok(own),
        Some(own) => Err(ConvertError(format!("parameter {} is no type of such numbers: {own}", names::TYPE))),
    }
}

/// The symbols of an enumeration, which are in the names of its parameters.
fn symbols(schema: &Schema) -> Result<Vec<String>, ConvertError> {
    let symbols = schema
        .parameters()
        .iter()
        .filter_map(|(key, number)| Some((key.strip_prefix(names::ENUM)?.strip_prefix('.')?, number)));
    symbols
        .map(|(symbol, number)| {
            names::check(symbol)?;
            let number: i32 = number
                .trim()
                .parse()
                .map_err(|_| ConvertError(format!("parameter {}.{symbol} is no number: {number}", names::ENUM)))?;
            Ok(format!("{symbol} = {number};"))
        })
        .collect()
}

/// Confluent's option with what only Connect knows of a field.
fn meta_text(parameters: &[(&'static str, String)]) -> String {
    if parameters.is_empty() {
        return String::new();
    }
    let parameter = |(key, value): &(&'static str, String)| {
        let (key_line, value_line) = (format!("key: \"{key}\""), format!("value: \"{}\"", escaped(value)));
        // As Confluent writes them, for the registry to find the schema again.
        let (first, second) = match *key {
            names::PRECISION | names::SCALE => (value_line, key_line),
            _ => (key_line, value_line),
        };
        format!("    {{\n      {first},\n      {second}\n    }}")
    };
    let all: Vec<String> = parameters.iter().map(parameter).collect();
    format!(" [({}) = {{\n  params: [\n{}\n  ]\n}}]", names::FIELD_META, all.join(",\n"))
}

fn escaped(text: &str) -> String {
    text.chars().flat_map(|c| c.escape_default()).collect()
}
