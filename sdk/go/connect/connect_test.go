package connect

import (
	"errors"
	"fmt"
	"math"
	"reflect"
	"testing"
)

var definition = ConfigDef{
	{Name: "topic", Type: TypeString, Required: true},
	{Name: "size", Type: TypeInt, Default: 10},
	{Name: "ratio", Type: TypeDouble, Default: 0.5},
	{Name: "names", Type: TypeList, Default: []string{"a", "b"}},
	{Name: "on", Type: TypeBoolean, Default: false},
	{Name: "secret", Type: TypePassword},
}

func TestAConfigurationIsParsedWithJavasTexts(t *testing.T) {
	parsed, err := definition.Parse(Config{"topic": " t ", "size": "+7", "on": "TRUE", "names": "x , y"})
	if err != nil {
		t.Fatal(err)
	}
	if parsed.String("topic") != "t" || parsed.Int("size") != 7 || parsed.Double("ratio") != 0.5 || !parsed.Bool("on") ||
		!reflect.DeepEqual(parsed.List("names"), []string{"x", "y"}) || parsed.Has("secret") || parsed.String("secret") != "" {
		t.Error(parsed)
	}
	for text, config := range map[string]Config{
		`Missing required configuration "topic" which has no default value.`:                  {},
		"Invalid value x for configuration size: Not a number of type INT":                    {"topic": "t", "size": "x"},
		"Invalid value 2147483648 for configuration size: Not a number of type INT":           {"topic": "t", "size": "2147483648"},
		"Invalid value maybe for configuration on: Expected value to be either true or false": {"topic": "t", "on": "maybe"},
		"Invalid value 1_000 for configuration size: Not a number of type INT":                {"topic": "t", "size": "1_000"},
		"Invalid value half for configuration ratio: Not a number of type DOUBLE":             {"topic": "t", "ratio": "half"},
	} {
		if _, err := definition.Parse(config); err == nil || err.Error() != text || KindOf(err) != KindConfig {
			t.Errorf("%v is not %q", err, text)
		}
	}
}

func TestErrorsKeepTheirKindWhenTheyAreWrapped(t *testing.T) {
	cause := errors.New("away")
	err := fmt.Errorf("cannot send: %w", Retriable(cause))
	if KindOf(err) != KindRetriable || !errors.Is(err, cause) || KindOf(cause) != KindFatal || Retriable(nil) != nil {
		t.Error(err)
	}
}

func TestOffsetsAreTheTextOfJavasConverter(t *testing.T) {
	m := Of("file\n", "a\"b\\ü/\x01", "n", 42, "d", 1e7, "e", 0.001, "f", 1.0, "g", 123456.75, "h", 1.5e-5, "nan", math.NaN(), "t", true, "z", nil)
	expected := `{"file\n":"a\"b\\ü/\u0001","n":42,"d":1.0E7,"e":0.001,"f":1.0,"g":123456.75,"h":1.5E-5,"nan":"NaN","t":true,"z":null}`
	if m.String() != expected {
		t.Errorf("%s is not %s", m, expected)
	}
	if NewNumberOffset("position").Of(-5) != `{"position":-5}` {
		t.Error(NewNumberOffset("position").Of(-5))
	}
	read, err := ParseScalarMap(`{"b":1,"a":"x","c":0.5,"d":null,"e":9223372036854775807}`)
	if err != nil || read.String() != `{"b":1,"a":"x","c":0.5,"d":null,"e":9223372036854775807}` {
		t.Error(read, err)
	}
	if number, found := read.Int("b"); !found || number != 1 {
		t.Error(number)
	}
	if text, found := read.Text("a"); !found || text != "x" {
		t.Error(text)
	}
	for _, wrong := range []string{"", "[]", `{"a":[]}`, `{"a":{}}`, `{"a":1}x{`, `{"a"`, "1"} {
		if found, err := ParseScalarMap(wrong); err == nil {
			t.Errorf("%s was read as %s", wrong, found)
		}
	}
}

func TestPartitionsAreGroupedAsJavaDoes(t *testing.T) {
	for groups, expected := range map[int][][]int{
		2: {{1, 2, 3}, {4, 5}}, 3: {{1, 2}, {3, 4}, {5}}, 7: {{1}, {2}, {3}, {4}, {5}, {}, {}}, 0: nil,
	} {
		if found := GroupPartitions([]int{1, 2, 3, 4, 5}, groups); fmt.Sprint(found) != fmt.Sprint(expected) {
			t.Errorf("%v is not %v", found, expected)
		}
	}
}
