//! What structs and validation promise; the texts are Java's.

use crate::*;

fn person() -> Schema {
    let age = Schema::int32().default_value(Value::Int32(18)).build();
    Schema::structure().field("name", Schema::string().build()).field("age", age).build()
}

#[test]
fn a_default_stands_for_what_was_not_put() {
    let mut person = Struct::new(person()).unwrap();
    person.put("name", Value::String("Ada".into())).unwrap();
    assert_eq!(person.get("age"), Ok(&Value::Int32(18)));
    assert_eq!(person.get_without_default("age"), Ok(&Value::Null));
    assert_eq!(person.validate(), Ok(()));
}

#[test]
fn a_wrong_value_is_refused_in_javas_words() {
    let mut person = Struct::new(person()).unwrap();
    let mut refused = |name: &str, value: Value| person.put(name, value).unwrap_err().to_string();
    assert_eq!(refused("nick", Value::Null), "nick is not a valid field name");
    assert_eq!(
        refused("name", Value::Null),
        "Invalid value: null used for required field: \"name\", schema type: STRING"
    );
    assert_eq!(
        refused("age", Value::Int64(1)),
        "Invalid Java object for schema with type INT32: class java.lang.Long for field: \"age\""
    );
    assert!(person.validate().is_err());
    assert_eq!(Struct::new(Schema::string().build()).unwrap_err().to_string(), "Not a struct schema: Schema{STRING}");
}

#[test]
fn elements_keys_and_values_are_checked() {
    let refused =
        |schema: SchemaBuilder, value: Value| validate_value(None, &schema.build(), &value).unwrap_err().to_string();
    let int8 = || Schema::int8().build();
    assert_eq!(
        refused(Schema::array(int8()), Value::Array(vec![Value::Null])),
        "Invalid value: null used for required element of array value, schema type: INT8"
    );
    assert_eq!(
        refused(Schema::map(int8(), int8()), Value::Map(vec![(Value::Boolean(true), Value::Int8(1))])),
        "Invalid Java object for schema with type INT8: class java.lang.Boolean for key of map value"
    );
    let other = Schema::structure().name("other").build();
    let value = Value::Struct(Struct::new(other).unwrap());
    assert_eq!(refused(Schema::structure(), value), "Struct schemas do not match.");
}
