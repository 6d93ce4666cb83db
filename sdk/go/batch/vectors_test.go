package batch

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// The shared vectors of wit/vectors: written and read byte for byte, and the malformed ones refused.

const vectors = "../../../wit/vectors"

func vectorNames(t *testing.T, keep func(name string) bool) []string {
	paths, err := filepath.Glob(filepath.Join(vectors, "*.json"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, path := range paths {
		if name := strings.TrimSuffix(filepath.Base(path), ".json"); keep(name) {
			names = append(names, name)
		}
	}
	if len(names) < 20 {
		t.Fatalf("only %d vectors in %s", len(names), vectors)
	}
	return names
}

func wellFormed(t *testing.T) []string {
	return vectorNames(t, func(name string) bool { return !strings.HasPrefix(name, "bad-") })
}

func vector(t *testing.T, name string) (object, []byte) {
	description, err := os.ReadFile(filepath.Join(vectors, name+".json"))
	if err != nil {
		t.Fatal(err)
	}
	digits, err := os.ReadFile(filepath.Join(vectors, name+".hex"))
	if err != nil {
		t.Fatal(err)
	}
	return parseJSON(string(description)), fromHex(string(digits))
}

func TestDescriptionsAreWrittenByteForByte(t *testing.T) {
	for _, name := range wellFormed(t) {
		described, content := vector(t, name)
		if strings.HasPrefix(name, "acks") {
			sameBytes(t, name, encodeAcksJSON(described), content)
		} else {
			sameBytes(t, name, encodeJSON(described), content)
		}
	}
}

func TestBytesAreReadAsDescribed(t *testing.T) {
	for _, name := range wellFormed(t) {
		described, content := vector(t, name)
		var found, expected any
		var err error
		if strings.HasPrefix(name, "acks") {
			expected = described["acks"]
			found, err = decodeAcksJSON(content)
		} else {
			delete(described, "about")
			expected = described
			found, err = decodeJSON(content)
		}
		if err != nil || !same(found, expected) {
			t.Errorf("%s:\nfound    %v (%v)\nexpected %v", name, found, err, expected)
		}
	}
}

// decodeAny decodes all that there is.
func decodeAny(content []byte) error {
	var err error
	if strings.HasPrefix(string(content), "KCA") {
		_, err = decodeAcksJSON(content)
	} else {
		_, err = decodeJSON(content)
	}
	return err
}

func TestMalformedOnesAreRefusedWithTheirRecord(t *testing.T) {
	for _, name := range vectorNames(t, func(name string) bool { return strings.HasPrefix(name, "bad-") }) {
		described, content := vector(t, name)
		var err error
		if strings.HasPrefix(name, "bad-acks") {
			_, err = decodeAcksJSON(content)
		} else {
			_, err = decodeJSON(content)
		}
		var malformed *MalformedError
		if !errors.As(err, &malformed) {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if record := described["record"]; record != nil && record != json.Number(fmt.Sprint(malformed.Record)) || record == nil && malformed.Record != -1 {
			t.Errorf("%s: %v, it is record %v", name, malformed, record)
		}
	}
}

func TestEveryTruncationIsRefused(t *testing.T) {
	for _, name := range wellFormed(t) {
		_, content := vector(t, name)
		for end := range content {
			if decodeAny(content[:end]) == nil {
				t.Errorf("%s cut to %d is taken", name, end)
			}
		}
	}
}
