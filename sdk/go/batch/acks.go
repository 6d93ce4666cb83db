package batch

import "iter"

const (
	acksHeaderBytes = 16
	ackBytes        = 32
)

// Placed is where Kafka put a record (RecordMetadata).
type Placed struct {
	Topic     string
	Partition int32
	// Offset is -1 if the broker did not say (acks=0).
	Offset int64
	// Timestamp is in milliseconds since the epoch, -1 if the broker did not say.
	Timestamp int64
}

// Ack is what became of one record of a source task.
type Ack struct {
	// Sequence says which of the task's records it was, from 0, counted over all polls.
	Sequence uint64
	// Placed is where it is; nil where a transform dropped it or its error was tolerated.
	Placed *Placed
}

// Acks is a list of acks that was checked.
type Acks struct {
	entries []byte
	strings []string
}

// ReadAcks checks a list of acks. The error is a [*MalformedError].
func ReadAcks(content []byte, limits Limits) (*Acks, error) {
	acks, err := readAcks(content, limits)
	if err != nil {
		return nil, &MalformedError{err.Error(), -1}
	}
	return acks, nil
}

func readAcks(content []byte, limits Limits) (*Acks, error) {
	if len(content) > limits.MaxBytes {
		return nil, faultf("has %d bytes, max_bytes is %d", len(content), limits.MaxBytes)
	}
	if len(content) < acksHeaderBytes {
		return nil, faultf("header wants %d bytes, %d are left", acksHeaderBytes, len(content))
	}
	if err := checkMagic(content, "KCA", "list of acks"); err != nil {
		return nil, err
	}
	count, stringsAt, total := le.Uint32(content[4:]), le.Uint32(content[8:]), le.Uint32(content[12:])
	if uint64(total) != uint64(len(content)) {
		return nil, faultf("has %d bytes, its header says %d", len(content), total)
	}
	if uint64(count) > uint64(limits.MaxRecords) {
		return nil, faultf("has %d records, max_records is %d", count, limits.MaxRecords)
	}
	if uint64(stringsAt) != acksHeaderBytes+ackBytes*uint64(count) {
		return nil, faultf("strings are at %d behind %d acks", stringsAt, count)
	}
	if stringsAt > total {
		return nil, faultf("acks want %d bytes, %d are left", stringsAt-acksHeaderBytes, total-acksHeaderBytes)
	}
	strings, err := parseStrings(content[stringsAt:], limits)
	if err != nil {
		return nil, err
	}
	acks := &Acks{content[acksHeaderBytes:stringsAt], strings}
	for i := range acks.Len() {
		entry := acks.entries[ackBytes*i:]
		topic, partition := le.Uint32(entry[8:]), int32(le.Uint32(entry[12:]))
		switch {
		case topic == none:
			if partition != -1 || int64(le.Uint64(entry[16:])) != -1 || int64(le.Uint64(entry[24:])) != -1 {
				return nil, faultf("ack %d: has no topic, but a partition, offset or timestamp", i)
			}
		case uint64(topic) >= uint64(len(strings)):
			return nil, faultf("ack %d: there is no string %d", i, topic)
		case partition < 0:
			return nil, faultf("ack %d: partition is %d", i, partition)
		}
	}
	return acks, nil
}

// Len is how many acks there are.
func (a *Acks) Len() int { return len(a.entries) / ackBytes }

// All are the acks in the order of the polls.
func (a *Acks) All() iter.Seq[Ack] {
	return func(yield func(Ack) bool) {
		for i := range a.Len() {
			entry := a.entries[ackBytes*i:]
			ack := Ack{Sequence: le.Uint64(entry)}
			if topic := le.Uint32(entry[8:]); topic != none {
				ack.Placed = &Placed{
					a.strings[topic], int32(le.Uint32(entry[12:])), int64(le.Uint64(entry[16:])), int64(le.Uint64(entry[24:])),
				}
			}
			if !yield(ack) {
				return
			}
		}
	}
}

// AcksWriter writes a list of acks, for tests of tasks.
type AcksWriter struct {
	entries []byte
	strings stringTable
}

// Topic enters a topic's name, which Add does by itself.
func (w *AcksWriter) Topic(name string) (uint32, error) { return w.strings.intern(name) }

// Add appends one record's fate.
func (w *AcksWriter) Add(ack Ack) error {
	topic, placed := uint32(none), Placed{Partition: -1, Offset: -1, Timestamp: -1}
	if ack.Placed != nil {
		id, err := w.strings.intern(ack.Placed.Topic)
		if err != nil {
			return err
		}
		topic, placed = id, *ack.Placed
	}
	w.entries = le.AppendUint64(w.entries, ack.Sequence)
	w.entries = le.AppendUint32(w.entries, topic)
	w.entries = le.AppendUint32(w.entries, uint32(placed.Partition))
	w.entries = le.AppendUint64(w.entries, uint64(placed.Offset))
	w.entries = le.AppendUint64(w.entries, uint64(placed.Timestamp))
	return nil
}

// Finish is the list.
func (w *AcksWriter) Finish() []byte {
	stringsAt := acksHeaderBytes + len(w.entries)
	content := append([]byte("KCA\x01"), make([]byte, 12)...)
	le.PutUint32(content[4:], uint32(len(w.entries)/ackBytes))
	le.PutUint32(content[8:], uint32(stringsAt))
	le.PutUint32(content[12:], uint32(stringsAt+w.strings.size()))
	return w.strings.append(append(content, w.entries...))
}
