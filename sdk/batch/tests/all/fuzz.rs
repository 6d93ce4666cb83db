//! Bytes that mean harm: whatever comes is read to the end or refused, and never panics.

use crate::mutate::{mend_total, mutate};
use crate::random::Random;
use crate::random_batch::random_batch;
use crate::vectors;
use crate::walk::{walk, walk_acks};

const MUTATIONS_A_VECTOR: usize = 40_000;
const RANDOM_BATCHES: usize = 5_000;
const MUTATIONS_A_BATCH: usize = 50;
const RANDOM_CASES: usize = 200_000;

#[test]
fn mutated_vectors_are_read_or_refused() {
    let mut random = Random(2);
    let (mut read, mut refused) = (0, 0);
    for (name, _) in vectors::all() {
        let original = vectors::bytes(&name);
        for _ in 0..MUTATIONS_A_VECTOR {
            let mut bytes = original.clone();
            mutate(&mut random, &mut bytes);
            let result = if name.starts_with("acks") { walk_acks(&bytes) } else { walk(&bytes) };
            match result {
                Ok(_) => read += 1,
                Err(malformed) => {
                    assert!(!malformed.what.is_empty());
                    refused += 1;
                }
            }
        }
    }
    assert!(read > 1_000 && refused > 100_000, "{read} read, {refused} refused");
}

#[test]
fn mutated_random_batches_are_read_or_refused() {
    let mut random = Random(4);
    let mut refused = 0;
    for _ in 0..RANDOM_BATCHES {
        let original = random_batch(&mut random);
        for _ in 0..MUTATIONS_A_BATCH {
            let mut bytes = original.clone();
            mutate(&mut random, &mut bytes);
            refused += usize::from(walk(&bytes).is_err());
        }
    }
    assert!(refused > RANDOM_BATCHES, "{refused} refused");
}

#[test]
fn random_bytes_are_refused() {
    let mut random = Random(3);
    for _ in 0..RANDOM_CASES {
        let mut bytes = b"KCB\x01".to_vec();
        bytes.extend(random.bytes(200));
        mend_total(&mut bytes);
        assert!(walk(&bytes).is_err());
        bytes[2] = b'A';
        mend_total(&mut bytes);
        assert!(walk_acks(&bytes).is_err());
    }
}

#[test]
fn every_truncation_is_refused() {
    for (name, _) in vectors::all() {
        let bytes = vectors::bytes(&name);
        for end in 0..bytes.len() {
            assert!(walk(&bytes[..end]).is_err() && walk_acks(&bytes[..end]).is_err(), "{name} cut to {end}");
        }
    }
}
