package batch

import "unicode/utf8"

// parseStrings reads a section of strings. They are copies, as they are few and outlive their batch.
func parseStrings(section []byte, limits Limits) ([]string, error) {
	all := cursor{section}
	count, err := all.count(4, "string count")
	if err != nil {
		return nil, err
	}
	if count > limits.MaxStrings {
		return nil, faultf("has %d strings, max_strings is %d", count, limits.MaxStrings)
	}
	ends, text := all.rest[:4*count], all.rest[4*count:]
	strings := make([]string, count)
	begin := uint32(0)
	for i := range strings {
		end := le.Uint32(ends[4*i:])
		if end < begin || uint64(end) > uint64(len(text)) {
			return nil, faultf("string %d is at %d..%d of %d bytes", i, begin, end, len(text))
		}
		if !utf8.Valid(text[begin:end]) {
			return nil, faultf("string %d: %s", i, notUTF8)
		}
		strings[i] = string(text[begin:end])
		begin = end
	}
	if int(begin) != len(text) {
		return nil, faultf("%d bytes follow the last string", len(text)-int(begin))
	}
	return strings, nil
}

// stringTable holds the strings of a batch that is being written, each once.
type stringTable struct {
	ids   map[string]uint32
	texts []string
	bytes int
}

func (t *stringTable) intern(text string) (uint32, error) {
	if id, found := t.ids[text]; found {
		return id, nil
	}
	if !utf8.ValidString(text) {
		return 0, encodeErrorf("text %q is not valid UTF-8", text)
	}
	if t.ids == nil {
		t.ids = map[string]uint32{}
	}
	id := uint32(len(t.texts))
	t.ids[text] = id
	t.texts = append(t.texts, text)
	t.bytes += len(text)
	return id, nil
}

// size of the section in bytes.
func (t *stringTable) size() int { return 4 + 4*len(t.texts) + t.bytes }

func (t *stringTable) append(to []byte) []byte {
	to = le.AppendUint32(to, uint32(len(t.texts)))
	end := uint32(0)
	for _, text := range t.texts {
		end += uint32(len(text))
		to = le.AppendUint32(to, end)
	}
	for _, text := range t.texts {
		to = append(to, text...)
	}
	return to
}
