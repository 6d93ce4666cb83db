package batch

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strings"
	"testing"
)

// The codec against Rust's: random batches are written and read as Rust does, damaged ones refused where Rust refuses them. The path
// of the program exchange of sdk/batch is in BATCH_EXCHANGE.

const (
	batches = 2_000
	damaged = 10_000
)

func exchange(t *testing.T, command string, count int) [][2]string {
	program := os.Getenv("BATCH_EXCHANGE")
	if program == "" {
		t.Skip("BATCH_EXCHANGE does not say where Rust's codec is")
	}
	seed := os.Getenv("TEST_SEED")
	if seed == "" {
		seed = fmt.Sprint(rand.Uint32())
	}
	t.Logf("TEST_SEED=%s", seed)
	answer, err := exec.Command(program, command, fmt.Sprint(count), seed).Output()
	if err != nil {
		t.Fatal(err)
	}
	var found [][2]string
	for line := range strings.Lines(string(answer)) {
		digits, described, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "\t")
		found = append(found, [2]string{digits, described})
	}
	if len(found) != count {
		t.Fatalf("%d batches instead of %d", len(found), count)
	}
	return found
}

func TestRandomBatchesAreWrittenAndReadAsRustDoes(t *testing.T) {
	for i, line := range exchange(t, "random", batches) {
		content, described := fromHex(line[0]), parseJSON(line[1])
		found, err := decodeJSON(content)
		if err != nil || !same(found, described) {
			t.Fatalf("batch %d:\nfound    %v (%v)\nexpected %v", i, found, err, described)
		}
		sameBytes(t, fmt.Sprintf("batch %d", i), encodeJSON(described), content)
	}
}

func TestDamagedBatchesAreRefusedWhereRustRefusesThem(t *testing.T) {
	refused := 0
	for i, line := range exchange(t, "mutated", damaged) {
		found, err := decodeJSON(fromHex(line[0]))
		var malformed *MalformedError
		if errors.As(err, &malformed) {
			record := "-"
			if malformed.Record >= 0 {
				record = fmt.Sprint(malformed.Record)
			}
			if line[1] != "refused "+record {
				t.Errorf("batch %d: %v, Rust: %.200s\n%s", i, malformed, line[1], line[0])
			}
			refused++
		} else if strings.HasPrefix(line[1], "refused") || !same(found, parseJSON(line[1])) {
			t.Errorf("batch %d: found %v, Rust: %s\n%s", i, found, line[1], line[0])
		}
	}
	if refused < damaged/2 {
		t.Errorf("only %d were refused", refused)
	}
}
