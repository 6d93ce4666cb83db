package data

import (
	"math"
	"math/big"
	"strings"
	"testing"
	"time"
)

var person = BuildStruct().Name("Person").Field("name", String).Field("age", OptionalInt32).
	Field("ok", Build(TypeBoolean).Default(true).Must()).Must()

func TestSchemasAreEqualByStructure(t *testing.T) {
	same := BuildStruct().Name("Person").Field("name", String).Field("age", OptionalInt32).
		Field("ok", Build(TypeBoolean).Default(true).Must()).Must()
	other := BuildStruct().Name("Person").Field("name", String).Field("age", OptionalInt32).
		Field("ok", Build(TypeBoolean).Default(false).Must()).Must()
	if !person.Equal(same) || person.Equal(other) || person.Equal(person.Optional()) || !person.Optional().Required().Equal(person) {
		t.Error("equality is wrong")
	}
	if Build(TypeInt32).Must() != Int32 || Build(TypeInt32).Optional().Must() != OptionalInt32 || Int32.BuiltinID() != 6 {
		t.Error("a plain primitive is the one that is there")
	}
	if text := person.String(); text != "Schema{Person:STRUCT}" {
		t.Error(text)
	}
}

func TestWhatConnectDoesNotAllowIsRefused(t *testing.T) {
	deep := Int8
	for range MaxDepth - 1 {
		deep = BuildArray(deep).Must()
	}
	for text, builder := range map[string]*Builder{
		"field name duplication a":     BuildStruct().Field("a", Int8).Field("a", Int8),
		"fieldName cannot be null":     BuildStruct().Field("", Int8),
		"Invalid default value":        Build(TypeInt8).Default("text"),
		"no schema for its items":      Build(TypeArray),
		"Cannot create fields on type": Build(TypeInt8).Field("a", Int8),
		"nested 101 deep":              BuildArray(deep),
		"there is no type":             Build(0),
	} {
		if _, err := builder.Schema(); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v is not about %q", err, text)
		}
	}
}

func TestStructsCheckTheirFieldsWithJavasTexts(t *testing.T) {
	ada := NewStruct(person).Put("name", "Ada")
	if ada.Get("ok") != true || ada.Get("age") != nil || ada.Get("none") != nil || ada.Validate() != nil {
		t.Error(ada)
	}
	if text := ada.Put("age", int32(36)).String(); text != "Struct{name=Ada,age=36}" {
		t.Error(text)
	}
	for text, err := range map[string]error{
		`Invalid Go object for schema with type INT32: int64 for field: "age"`:              ada.Set("age", int64(1)),
		"x is not a valid field name":                                                       ada.Set("x", 1),
		`Invalid value: null used for required field: "name", schema type: STRING`:          NewStruct(person).Validate(),
		"Invalid value: null used for required element of array value, schema type: STRING": Validate(BuildArray(String).Must(), []any{nil}),
	} {
		if err == nil || err.Error() != text {
			t.Errorf("%v is not %q", err, text)
		}
	}
}

func TestMapsKeepTheirOrderAndTheLastOfEqualKeysCounts(t *testing.T) {
	m := Map{{"a", int8(1)}, {[]byte("k"), int8(2)}, {"a", int8(3)}}
	if value, found := m.Get("a"); !found || value != int8(3) {
		t.Error(value)
	}
	if value, found := m.Get([]byte("k")); !found || value != int8(2) {
		t.Error(value)
	}
	if !Equal(math.NaN(), math.NaN()) || Equal(0.0, math.Copysign(0, -1)) || Equal([]any{nil}, []any{}) {
		t.Error("equality is wrong")
	}
}

func TestLogicalTypesThereAndBack(t *testing.T) {
	for _, number := range []int64{0, 1, -1, 127, 128, -128, -129, 255, 256, math.MaxInt64, math.MinInt64} {
		if found := ToUnscaled(FromUnscaled(big.NewInt(number))); found.Int64() != number {
			t.Errorf("%d became %s", number, found)
		}
	}
	if size := len(FromUnscaled(big.NewInt(-128))); size != 1 {
		t.Errorf("-128 takes %d bytes", size)
	}
	for text, of := range map[string][2]int64{"-12.50": {-1250, 2}, "0.05": {5, 2}, "-0.005": {-5, 3}, "7": {7, 0}, "700": {7, -2}} {
		if found := ToDecimal(FromUnscaled(big.NewInt(of[0])), int(of[1])); found != text {
			t.Errorf("%v became %s, not %s", of, found, text)
		}
	}
	moment := time.Date(1969, 12, 31, 23, 59, 59, 0, time.UTC)
	if FromDate(moment) != -1 || !ToDate(-1).Equal(time.Date(1969, 12, 31, 0, 0, 0, 0, time.UTC)) || !ToTimestamp(FromTimestamp(moment)).Equal(moment) {
		t.Error("times are wrong")
	}
	if scale, err := Scale(Decimal(3)); err != nil || scale != 3 {
		t.Error(scale, err)
	}
}

func TestAValueIsProjectedToANewerSchema(t *testing.T) {
	newer := BuildStruct().Name("Person").Field("name", OptionalString).Field("age", OptionalInt64).
		Field("city", Build(TypeString).Default("Rome").Must()).Field("email", OptionalString).Must()
	projected, err := Project(person, NewStruct(person).Put("name", "Ada").Put("age", int32(36)), newer)
	if err != nil {
		t.Fatal(err)
	}
	expected := NewStruct(newer).Put("name", "Ada").Put("age", int64(36)).Put("city", "Rome")
	if !Equal(projected, expected) {
		t.Errorf("%v is not %v", projected, expected)
	}
	list := BuildArray(Int8).Must()
	if items, err := Project(list, []any{int8(1)}, BuildArray(Float32).Must()); err != nil || !Equal(items, []any{float32(1)}) {
		t.Error(items, err)
	}
	strict := BuildStruct().Name("Person").Field("name", String).Field("id", Int64).Must()
	for text, of := range map[string][2]*Schema{
		"Required field `id` is missing":                      {person, strict},
		"Schema name mismatch":                                {Date, Int32},
		"Schema type mismatch. source type: INT64":            {Int64, Int32},
		"target schema does not provide a default value":      {OptionalInt8, Int8},
		"Schema parameters not equal":                         {Decimal(1), Decimal(2)},
		"Error projecting name: Schema type mismatch. source": {person, BuildStruct().Name("Person").Field("name", Int8).Must()},
	} {
		var value any
		if of[0] == person {
			value = NewStruct(person).Put("name", "Ada")
		}
		if _, err := Project(of[0], value, of[1]); err == nil || !strings.Contains(err.Error(), text) {
			t.Errorf("%v is not about %q", err, text)
		}
	}
}
