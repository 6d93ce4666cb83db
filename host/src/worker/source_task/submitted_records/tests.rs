//! The watermark against a model that looks at every record.

use super::*;

/// Submits records `(partition, offset)` of one batch; answers their sequences.
fn submit(records: &mut SubmittedRecords, of: &[(&str, &str)]) -> Vec<u64> {
    let text: String = of.iter().map(|(_, offset)| *offset).collect();
    records.retain(Arc::new(text.into_bytes()));
    let mut at = 0;
    let sequences = of
        .iter()
        .map(|(partition, offset)| {
            let partition = records.partition(Some(partition)).unwrap();
            at += offset.len();
            records.submit(partition, Some(at - offset.len()..at))
        })
        .collect();
    records.seal();
    sequences
}

fn ack(records: &mut SubmittedRecords, sequence: u64) {
    records.ack(sequence..sequence + 1);
}

fn committable(records: &mut SubmittedRecords) -> Vec<(String, String)> {
    records.advance();
    let mut taken: Vec<_> =
        records.take_committable().into_iter().map(|(p, o)| (p.as_str().to_owned(), o.unwrap())).collect();
    taken.sort();
    taken
}

const A: &str = r#"{"f":"a"}"#;
const B: &str = r#"{"f":"b"}"#;

#[test]
fn an_unacknowledged_record_holds_back_those_behind_it_in_its_partition_only() {
    let mut records = SubmittedRecords::default();
    let s = submit(&mut records, &[(A, "1"), (B, "2"), (A, "3"), (B, "4")]);
    ack(&mut records, s[2]);
    ack(&mut records, s[1]);
    assert_eq!(committable(&mut records), [(B.to_owned(), "2".to_owned())]);
    ack(&mut records, s[0]);
    assert_eq!(committable(&mut records), [(A.to_owned(), "3".to_owned())]);
    assert_eq!(records.waiting(), 1);
}

#[test]
fn offsets_are_taken_once_and_can_be_given_back() {
    let mut records = SubmittedRecords::default();
    let s = submit(&mut records, &[(A, "1"), (A, "2")]);
    ack(&mut records, s[0]);
    records.advance();
    let taken = records.take_committable();
    assert!(committable(&mut records).is_empty());
    records.give_back(taken.clone());
    ack(&mut records, s[1]);
    assert_eq!(committable(&mut records), [(A.to_owned(), "2".to_owned())]);
    records.give_back(taken);
    assert_eq!(committable(&mut records), [(A.to_owned(), "1".to_owned())]);
}

#[test]
fn records_without_partition_or_offset_commit_nothing() {
    let mut records = SubmittedRecords::default();
    records.retain(Arc::new(Vec::new()));
    let none = records.partition(None).unwrap();
    let a = records.partition(Some(A)).unwrap();
    let s = [records.submit(none, None), records.submit(a, None)];
    s.into_iter().for_each(|s| ack(&mut records, s));
    assert!(committable(&mut records).is_empty());
    assert_eq!(records.waiting(), 0);
}

#[test]
fn fields_in_another_order_are_the_same_partition() {
    let mut records = SubmittedRecords::default();
    let a = records.partition(Some(r#"{"a":1,"b":2}"#)).unwrap();
    let b = records.partition(Some(r#"{"b":2,"a":1}"#)).unwrap();
    assert_eq!(a, b);
}

#[test]
fn acknowledged_batches_are_freed() {
    let mut records = SubmittedRecords::default();
    for _ in 0..100 {
        let s = submit(&mut records, &[(A, "1"), (B, "2")]);
        s.into_iter().for_each(|s| ack(&mut records, s));
        records.advance();
    }
    assert!(records.batches.is_empty() && records.acked.is_empty());
}

#[test]
fn a_batch_that_is_still_submitted_stays() {
    let mut records = SubmittedRecords::default();
    records.retain(Arc::new(b"12".to_vec()));
    let a = records.partition(Some(A)).unwrap();
    // What comes before the first record was asked for may take long: acknowledgements are taken meanwhile.
    assert!(committable(&mut records).is_empty());
    for text in [0..1, 1..2] {
        let sequence = records.submit(a, Some(text.clone()));
        ack(&mut records, sequence);
        assert_eq!(committable(&mut records), [(A.to_owned(), (text.start + 1).to_string())]);
    }
    records.seal();
    assert!(records.batches.is_empty());
}

#[test]
fn a_record_is_found_as_long_as_it_waits() {
    let mut records = SubmittedRecords::default();
    let s = submit(&mut records, &[(A, "1"), (B, "2"), (A, "3"), (A, "4")]);
    ack(&mut records, s[0]);
    ack(&mut records, s[3]);
    records.advance();
    let ordinal = |sequence| records.polled(sequence).map(|(_, ordinal)| ordinal);
    assert_eq!(s.iter().map(|s| ordinal(*s)).collect::<Vec<_>>(), [None, Some(1), Some(2), Some(3)]);
    assert_eq!(ordinal(s[3] + 1), None);
}

#[test]
fn any_order_of_acknowledgements_agrees_with_the_model() {
    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut below = move |n: u64| {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        random % n
    };
    for _ in 0..200 {
        let mut records = SubmittedRecords::default();
        let mut model: Vec<(u64, &str, String, bool)> = Vec::new();
        let mut last: HashMap<&str, String> = HashMap::new();
        for step in 0..60 {
            if below(2) == 0 {
                let batch: Vec<_> =
                    (0..below(5) + 1).map(|i| ([A, B][below(2) as usize], format!("{}", step * 10 + i))).collect();
                let given: Vec<_> = batch.iter().map(|(p, o)| (*p, o.as_str())).collect();
                let sequences = submit(&mut records, &given);
                model.extend(sequences.into_iter().zip(batch).map(|(s, (p, o))| (s, p, o, false)));
            } else if !model.is_empty() {
                let acked = below(model.len() as u64) as usize;
                model[acked].3 = true;
                ack(&mut records, model[acked].0);
            }
            for (partition, offset) in committable(&mut records) {
                last.insert(if partition == A { A } else { B }, offset);
            }
            for partition in [A, B] {
                let of = model.iter().filter(|record| record.1 == partition);
                let expected = of.take_while(|record| record.3).last().map(|record| &record.2);
                assert_eq!(last.get(partition), expected);
            }
        }
    }
}

#[test]
fn an_acknowledgement_of_a_forgotten_record_moves_no_watermark() {
    let mut records = SubmittedRecords::default();
    let forgotten = submit(&mut records, &[(A, "1"), (A, "2")]);
    records.forget();
    let again = submit(&mut records, &[(A, "1"), (A, "2")]);
    assert!(again[0] > forgotten[1]);
    forgotten.iter().for_each(|sequence| ack(&mut records, *sequence));
    assert!(committable(&mut records).is_empty());
    again.iter().for_each(|sequence| ack(&mut records, *sequence));
    assert_eq!(committable(&mut records), [(A.to_owned(), "2".to_owned())]);
}
