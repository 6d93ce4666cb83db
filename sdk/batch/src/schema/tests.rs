//! What schemas promise.

use crate::*;

#[test]
fn plain_primitives_are_the_same_objects() {
    assert!(Schema::string().build().is_same(&Schema::string().build()));
    assert!(Schema::int8().optional().build().is_same(&Schema::int8().build().with_optional(true)));
    assert!(!Schema::string().name("n").build().is_same(&Schema::string().name("n").build()));
}

#[test]
fn equality_is_by_structure_and_parameters_have_no_order() {
    let schema = |a: &str, b: &str| Schema::int32().name("n").parameter(a, "1").parameter(b, "1").build();
    assert_eq!(schema("a", "b"), schema("b", "a"));
    assert_ne!(schema("a", "b"), schema("a", "c"));
    assert_ne!(Schema::int32().build(), Schema::int32().doc("d").build());
    assert_ne!(Schema::int32().build(), Schema::int32().default_value(Value::Int32(0)).build());
}

#[test]
fn a_field_is_found_by_name_in_small_and_large_structs() {
    for count in [0, 1, 8, 9, 100] {
        let fields =
            (0..count).fold(Schema::structure(), |schema, i| schema.field(format!("f{i}"), Schema::int8().build()));
        let schema = fields.try_build().unwrap();
        for i in 0..count {
            assert_eq!(schema.field(&format!("f{i}")).map(|(index, _)| index), Some(i));
        }
        assert!(schema.field("f").is_none() && schema.field("zzz").is_none() && schema.field("").is_none());
    }
}

#[test]
fn what_connect_refuses_is_refused() {
    let refused = |builder: SchemaBuilder| builder.try_build().unwrap_err().to_string();
    let int8 = || Schema::int8().build();
    let twice = Schema::structure().field("a", int8()).field("a", int8());
    assert_eq!(refused(twice), "Cannot create field because of field name duplication a");
    let many = (0..20).fold(Schema::structure(), |schema, i| schema.field(format!("{}", i % 19), int8()));
    assert_eq!(refused(many), "Cannot create field because of field name duplication 0");
    assert_eq!(refused(Schema::structure().field("", int8())), "fieldName cannot be null.");
    let default = Schema::int8().default_value(Value::Int16(1));
    assert!(refused(default).starts_with("Invalid default value: Invalid Java object for schema with type INT8"));
    assert_eq!(refused(Schema::new(Type::Array)), "array has no schema for its items");
}

#[test]
fn a_small_table_does_not_make_an_endless_tree() {
    let doubled = (0..40).fold(Schema::int8().build(), |child, _| Schema::map(child.clone(), child).build());
    assert_eq!(doubled.nodes(), u32::MAX);
    assert!(SchemaBuilder::from(&doubled).try_build().is_err());
}

#[test]
fn logical_types_are_javas() {
    let decimal = logical::decimal(3).optional().build();
    assert_eq!((decimal.ty(), decimal.name(), decimal.version()), (Type::Bytes, Some(logical::DECIMAL), Some(1)));
    assert_eq!(logical::scale(&decimal), Some(3));
    assert_eq!(logical::scale(&Schema::bytes().parameter("scale", "3").build()), None);
    assert_eq!(logical::timestamp().build().ty(), Type::Int64);
}
