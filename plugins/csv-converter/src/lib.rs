//! CsvConverter: a line of comma-separated values (RFC 4180) in Kafka is a struct of strings in Connect.

use wasm_connect_sdk::{
    Config, ConfigDef, ConfigKey, Converter, ConverterRole, Datum, Error, Importance, RecordFailure, Result, Schema,
    SchemaAndValue, Struct, Validator, Value, java,
};

wasm_connect_sdk::export! { converters: [CsvConverter] }

/// Reads and writes lines of one table.
pub struct CsvConverter {
    /// A struct with an optional string for each column.
    schema: Schema,
    separator: char,
}

impl Converter for CsvConverter {
    const CLASS: &'static str = "wasmconnect.converters.CsvConverter";
    const VERSION: &'static str = env!("CARGO_PKG_VERSION");
    const DOCUMENTATION: &'static str = "Comma-separated values as RFC 4180 has them, a record a line. In Connect a line is a \
        struct of strings with a field a column; an empty field without quotes is null. Structs and maps are written by the names \
        of the columns.";

    fn config_def() -> ConfigDef {
        let columns = ConfigKey::list("columns").required().validator(Validator::NonEmpty).importance(Importance::High);
        let separator = ConfigKey::string("separator").default(",").importance(Importance::Low);
        ConfigDef::new()
            .define(columns.doc("The names of the columns, in their order."))
            .define(separator.doc("The character between two fields."))
    }

    fn configure(config: Config, _role: ConverterRole) -> Result<Self> {
        let parsed = Self::config_def().parse(&config)?;
        let text = Schema::string().optional().build();
        let columns = parsed.list("columns").unwrap_or_default();
        let schema = columns.iter().fold(Schema::structure(), |schema, column| schema.field(column, text.clone()));
        let schema = schema.try_build().map_err(|error| Error::config(format_args!("columns: {error}")))?;
        let separator = parsed.string("separator").unwrap_or_default();
        let mut characters = separator.chars();
        match (characters.next(), characters.next()) {
            (Some(separator), None) if !['"', '\r', '\n'].contains(&separator) => Ok(Self { schema, separator }),
            _ => Err(Error::config(format_args!("separator: {separator:?} is not one character that can separate"))),
        }
    }

    fn from_connect(&mut self, _topic: &str, value: Datum<'_>, out: &mut Vec<u8>) -> Result<bool, RecordFailure> {
        let fields: Vec<Value> = match value.to_value()? {
            Value::Null => return Ok(false),
            Value::Struct(whole) => {
                let of = |name: &str| whole.get(name).cloned().unwrap_or(Value::Null);
                self.schema.fields().iter().map(|column| of(&column.name)).collect()
            }
            Value::Map(mut entries) => {
                let mut of = |name: &str| {
                    let found = entries.iter_mut().find(|(key, _)| matches!(key, Value::String(key) if key == name));
                    found.map_or(Value::Null, |(_, value)| std::mem::replace(value, Value::Null))
                };
                self.schema.fields().iter().map(|column| of(&column.name)).collect()
            }
            _ => return Err(RecordFailure::data("Only a struct or map can be a line of comma-separated values")),
        };
        let mut line = String::new();
        for (index, (column, field)) in self.schema.fields().iter().zip(fields).enumerate() {
            if index > 0 {
                line.push(self.separator);
            }
            self.write_field(&column.name, field, &mut line)?;
        }
        out.extend_from_slice(line.as_bytes());
        Ok(true)
    }

    fn to_connect(&mut self, _topic: &str, bytes: Option<&[u8]>) -> Result<SchemaAndValue, RecordFailure> {
        let Some(bytes) = bytes else { return Ok(SchemaAndValue::NULL) };
        let line = std::str::from_utf8(bytes)
            .map_err(|error| RecordFailure::data(format_args!("The line is no text: {error}")))?;
        let fields = self.fields(line)?;
        let (found, columns) = (fields.len(), self.schema.fields().len());
        if found != columns {
            return Err(RecordFailure::data(format_args!("The line has {found} field(s) for {columns} column(s)")));
        }
        let fields = fields.into_iter().map(|field| field.map_or(Value::Null, Value::String)).collect();
        let line = Struct::from_values(self.schema.clone(), fields).map_err(RecordFailure::data)?;
        Ok(SchemaAndValue::new(self.schema.clone(), Value::Struct(line)))
    }
}

impl CsvConverter {
    fn write_field(&self, name: &str, field: Value, line: &mut String) -> Result<(), RecordFailure> {
        let text = match field {
            Value::Null => return Ok(()),
            Value::String(text) => text,
            Value::Boolean(value) => value.to_string(),
            Value::Int8(value) => value.to_string(),
            Value::Int16(value) => value.to_string(),
            Value::Int32(value) => value.to_string(),
            Value::Int64(value) => value.to_string(),
            Value::Float32(value) => java::float(value),
            Value::Float64(value) => java::double(value),
            _ => {
                return Err(RecordFailure::data(format_args!(
                    "The field '{name}' is neither text, number nor boolean"
                )));
            }
        };
        // Empty, it would be read back as null.
        if text.is_empty() || text.contains([self.separator, '"', '\r', '\n']) {
            line.push('"');
            line.push_str(&text.replace('"', "\"\""));
            line.push('"');
        } else {
            line.push_str(&text);
        }
        Ok(())
    }

    /// The fields of a line; none: empty and without quotes.
    fn fields(&self, line: &str) -> Result<Vec<Option<String>>, RecordFailure> {
        let line = line.strip_suffix('\n').unwrap_or(line);
        let line = line.strip_suffix('\r').unwrap_or(line);
        let mut fields = Vec::new();
        let mut rest = line;
        loop {
            let (field, behind) = match rest.strip_prefix('"') {
                Some(quoted) => quoted_field(quoted)?,
                None => {
                    let end = rest.find(self.separator).unwrap_or(rest.len());
                    let field = (end > 0).then(|| rest[..end].to_owned());
                    (field, &rest[end..])
                }
            };
            fields.push(field);
            match behind.strip_prefix(self.separator) {
                Some(next) => rest = next,
                None if behind.is_empty() => return Ok(fields),
                None => {
                    return Err(RecordFailure::data(format_args!("Text follows the quotes of field {}", fields.len())));
                }
            }
        }
    }
}

/// A field whose opening quote was read, and what is behind its closing one.
fn quoted_field(mut rest: &str) -> Result<(Option<String>, &str), RecordFailure> {
    let mut field = String::new();
    loop {
        let end = rest.find('"').ok_or_else(|| RecordFailure::data("A field has no closing quotes"))?;
        field.push_str(&rest[..end]);
        rest = &rest[end + 1..];
        match rest.strip_prefix('"') {
            Some(next) => {
                field.push('"');
                rest = next;
            }
            None => return Ok((Some(field), rest)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn csv(config: &[(&str, &str)]) -> Result<CsvConverter> {
        CsvConverter::configure(Config::from_iter(config.iter().copied()), ConverterRole::Value)
    }

    fn read(line: &str) -> Result<Vec<Value>, RecordFailure> {
        let mut converter = csv(&[("columns", "a,b,c")]).unwrap();
        match converter.to_connect("t", Some(line.as_bytes()))?.value {
            Value::Struct(line) => Ok(line.into_values()),
            other => panic!("{other:?}"),
        }
    }

    /// The value written by way of a batch, as in a worker.
    fn write(value: &Value) -> Result<String, RecordFailure> {
        use wasm_connect_sdk::batch::{Batch, BatchWriter, FrameHead, Limits, Payload};
        let mut writer = BatchWriter::new();
        let mut frame = writer.begin(&FrameHead::default());
        frame.value(Payload::Value(None, value)).unwrap();
        frame.finish();
        let bytes = writer.finish();
        let batch = Batch::parse(&bytes, &Limits::default()).unwrap();
        let mut line = Vec::new();
        let mut converter = csv(&[("columns", "a,b,c")]).unwrap();
        assert!(converter.from_connect("t", batch.record(0).unwrap().value(), &mut line)?);
        Ok(String::from_utf8(line).unwrap())
    }

    fn text(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    #[test]
    fn a_line_is_read_as_rfc_4180_has_it() {
        assert_eq!(read("1,two,three").unwrap(), [text("1"), text("two"), text("three")]);
        assert_eq!(read("\"x,\"\"y\"\"\",,\"\"\r\n").unwrap(), [text("x,\"y\""), Value::Null, text("")]);
        let failure = |line| match read(line) {
            Err(RecordFailure::Data(message)) => message,
            other => panic!("{other:?}"),
        };
        assert_eq!(failure("1,2"), "The line has 2 field(s) for 3 column(s)");
        assert_eq!(failure("\"1,2,3"), "A field has no closing quotes");
        assert_eq!(failure("1,\"2\"x,3"), "Text follows the quotes of field 2");
    }

    #[test]
    fn what_was_read_is_written_again() {
        for line in ["1,two,three", "\"x,\"\"y\"\"\",,\"\"", ",,"] {
            let schema = csv(&[("columns", "a,b,c")]).unwrap().schema;
            let value = Value::Struct(Struct::from_values(schema, read(line).unwrap()).unwrap());
            assert_eq!(write(&value).unwrap(), line);
        }
        let map = Value::Map(vec![(text("c"), Value::Boolean(true)), (text("a"), Value::Float64(1e10))]);
        assert_eq!(write(&map).unwrap(), "1.0E10,,true");
        assert!(write(&Value::Map(vec![(text("a"), Value::Bytes(vec![1]))])).is_err());
        assert!(write(&Value::Int8(1)).is_err());
    }

    #[test]
    fn a_separator_is_one_character() {
        assert!(csv(&[("columns", "a"), ("separator", ";")]).is_ok());
        for separator in ["", ",,", "\""] {
            assert!(csv(&[("columns", "a"), ("separator", separator)]).is_err(), "{separator:?}");
        }
    }
}
