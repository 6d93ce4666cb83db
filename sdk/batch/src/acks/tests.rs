//! What lists of acks promise.

use crate::*;

#[test]
fn acks_are_read_as_they_were_written_and_the_writer_starts_over() {
    let mut writer = AcksWriter::new();
    for round in 0..2 {
        let topic = writer.topic("t");
        writer.push(round, Some(Placed { topic, partition: 1, offset: 2, timestamp: -1 }));
        writer.push(round + 1, None);
        assert_eq!(writer.len(), 2);
        let bytes = writer.finish();
        let acks = Acks::parse(&bytes, &Limits::default()).unwrap();
        let placed = Placed { topic: "t", partition: 1, offset: 2, timestamp: -1 };
        let expected = [Ack { sequence: round, placed: Some(placed) }, Ack { sequence: round + 1, placed: None }];
        assert_eq!(acks.iter().collect::<Vec<_>>(), expected);
    }
    assert!(writer.is_empty());
}
