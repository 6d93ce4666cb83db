//! `ReplaceField`: leaves fields out and renames others.

use wasm_connect_batch::{Schema, Value};

use crate::config::config_def::{ConfigKey, ConfigType, Default, Importance, Validator};
use crate::config::config_exception::ConfigException;
use crate::config::config_value::ParsedValue;
use crate::config::definition::ParsedConfig;
use crate::converter::{CowStruct, CowValue};
use crate::transform::operand::Operand;
use crate::transform::replace_null::ReplaceNull;
use crate::transform::requirements::{require_map, require_name, require_struct};
use crate::transform::schema_cache::SchemaCache;
use crate::transform::structure::{NewStruct, copy_schema_basics};
use crate::transform::{ConnectRecord, TransformError, Transformation, map};

const EXCLUDE: &str = "exclude";
const INCLUDE: &str = "include";
const RENAMES: &str = "renames";
const PURPOSE: &str = "field replacement";

pub struct ReplaceField {
    operand: Operand,
    names: Names,
    replace_null: ReplaceNull,
    cache: SchemaCache<Plan>,
}

/// Which fields stay, and how they are called then.
struct Names {
    exclude: Vec<String>,
    include: Vec<String>,
    renames: Vec<(String, String)>,
}

/// What is to be done with all records of one schema.
struct Plan {
    schema: Schema,
    /// For each new field, which of the old ones it is.
    sources: Vec<usize>,
}

pub fn keys() -> Vec<ConfigKey> {
    let list = |name, documentation| {
        ConfigKey::new(name, ConfigType::List, Default::value(""), Importance::Medium, documentation)
    };
    vec![
        list(EXCLUDE, "The fields that are left out, even if they are included.").check(Validator::EachOnce),
        list(INCLUDE, "The fields that stay, if not all do.").check(Validator::EachOnce),
        list(RENAMES, "New names of fields: pairs old1:new1,old2:new2.").check(Validator::Lambda(check_renames)),
        ReplaceNull::key(),
    ]
}

fn check_renames(_name: &str, value: &ParsedValue) -> Result<(), ConfigException> {
    match value {
        ParsedValue::List(mappings) => parse_renames(mappings).map(drop),
        _ => Ok(()),
    }
}

fn parse_renames(mappings: &[String]) -> Result<Vec<(String, String)>, ConfigException> {
    let mut renames: Vec<(String, String)> = Vec::new();
    for mapping in mappings {
        // Java's `split` does not count empty parts at the end.
        let [old, new] = mapping.trim_end_matches(':').split(':').collect::<Vec<_>>()[..] else {
            let given = format!("[{}]", mappings.join(", "));
            return Err(ConfigException::invalid(RENAMES, given, format!("Invalid rename mapping: {mapping}")));
        };
        renames.retain(|(known, _)| known != old);
        renames.push((old.to_owned(), new.to_owned()));
    }
    Ok(renames)
}

// === impl Names ===

impl Names {
    fn stays(&self, field: &str) -> bool {
        let named = |names: &[String]| names.iter().any(|name| name == field);
        !named(&self.exclude) && (self.include.is_empty() || named(&self.include))
    }

    fn renamed<'n>(&'n self, field: &'n str) -> &'n str {
        self.renames.iter().find(|(old, _)| old == field).map_or(field, |(_, new)| new)
    }

    /// The old name of a new field.
    fn original<'n>(&'n self, field: &'n str) -> &'n str {
        self.renames.iter().rfind(|(_, new)| new == field).map_or(field, |(old, _)| old)
    }
}

// === impl ReplaceField ===

impl ReplaceField {
    pub fn new(operand: Operand, config: &ParsedConfig) -> Result<Self, TransformError> {
        let names = Names {
            exclude: config.list(EXCLUDE)?,
            include: config.list(INCLUDE)?,
            renames: parse_renames(&config.list(RENAMES)?)?,
        };
        Ok(Self { operand, names, replace_null: ReplaceNull::configured(config)?, cache: SchemaCache::new() })
    }

    fn schemaless(&self, value: CowValue<'_>) -> Result<Value, TransformError> {
        let mut entries = Vec::new();
        for (key, value) in require_map(value, PURPOSE)? {
            let name = require_name(key)?;
            if self.names.stays(&name) {
                map::put(&mut entries, self.names.renamed(&name), value);
            }
        }
        Ok(Value::Map(entries))
    }

    fn with_schema<'b>(&mut self, schema: &Schema, value: CowValue<'b>) -> Result<CowStruct<'b>, TransformError> {
        let value = require_struct(Some(schema), value, PURPOSE)?;
        let plan = self.cache.get_or_build(schema, || plan(&self.names, schema))?;
        let (_, mut values) = value.into_parts();
        let mut updated = NewStruct::new(&plan.schema);
        for (field, source) in plan.schema.fields().iter().zip(&plan.sources) {
            // No two fields have one source: each old name has one new one.
            let value =
                values.get_mut(*source).map_or(CowValue::NULL, |value| std::mem::replace(value, CowValue::NULL));
            updated.put(self.replace_null.resolve(&field.schema, value))?;
        }
        updated.finish()
    }
}

impl Transformation for ReplaceField {
    fn apply<'b>(&mut self, mut record: ConnectRecord<'b>) -> Result<Option<ConnectRecord<'b>>, TransformError> {
        if self.operand.of(&record).is_null() {
            return Ok(Some(record));
        }
        match self.operand.take(&mut record)? {
            (None, value) => self.operand.put(&mut record, None, self.schemaless(value)?),
            (Some(schema), value) => {
                let value = self.with_schema(&schema, value)?;
                self.operand.put_struct(&mut record, value);
            }
        }
        Ok(Some(record))
    }
}

fn plan(names: &Names, schema: &Schema) -> Result<Plan, TransformError> {
    let mut builder = copy_schema_basics(schema, Schema::structure());
    for field in schema.fields().iter().filter(|field| names.stays(&field.name)) {
        builder = builder.field(names.renamed(&field.name), field.schema.clone());
    }
    let updated = builder.try_build()?;
    let source = |name: &str| {
        let original = names.original(name);
        let found = schema.field(original).map(|(index, _)| index);
        found.ok_or_else(|| TransformError::data(format!("{original} is not a valid field name")))
    };
    let sources = updated.fields().iter().map(|field| source(&field.name)).collect::<Result<_, _>>()?;
    Ok(Plan { schema: updated, sources })
}
