//! The harness itself: a wrong comparison would let every other test pass.

use std::time::{Duration, Instant};

use wasm_connect_tests::compare::{Tally, assert_same_bytes};
use wasm_connect_tests::files::{append_numbered_lines, count_lines, numbered_line, write_mixed_lines};
use wasm_connect_tests::kafka::Kafka;
use wasm_connect_tests::temp::TempDir;
use wasm_connect_tests::topic::Topics;
use wasm_connect_tests::wait::{seconds, wait_until};

#[test]
fn tally_counts_lost_repeated_torn_and_foreign_lines() {
    let mut tally = Tally::new(5);
    for number in [0, 1, 1, 1, 3] {
        tally.add(numbered_line(number).as_bytes());
    }
    tally.add(&numbered_line(3).as_bytes()[..10]);
    tally.add(b"0000");
    tally.add(b"00000003 something else");
    tally.add(numbered_line(7).as_bytes());
    assert_eq!((tally.lost(), tally.duplicates(), tally.torn()), (2, 2, 2), "{tally}");
    assert_eq!(tally.foreign(), ["00000003 something else".to_owned(), numbered_line(7)]);
}

#[test]
fn tally_of_a_whole_file_finds_nothing_wrong() {
    let directory = TempDir::new("tally");
    let file = directory.file("lines.txt");
    append_numbered_lines(&file, 0..600);
    append_numbered_lines(&file, 600..1000);
    let tally = Tally::of_file(1000, &file);
    assert_eq!((tally.lost(), tally.duplicates(), tally.torn(), tally.foreign().len()), (0, 0, 0, 0), "{tally}");
}

#[test]
fn mixed_lines_are_the_same_for_the_same_seed() {
    let directory = TempDir::new("mixed");
    let files = ["a", "b"].map(|name| directory.file(name));
    files.iter().for_each(|file| write_mixed_lines(file, 5000, 1));
    assert_same_bytes(&files[0], &files[1]);
    assert_eq!(count_lines(&files[0]), 5000);
    let content = std::fs::read_to_string(&files[0]).expect("UTF-8");
    assert!(content.lines().any(str::is_empty) && content.lines().any(|line| line.len() > 5000));
    assert!(!content.contains('\r'), "a carriage return would end a line");
}

#[test]
#[should_panic(expected = "waited 100ms in vain for: pigs fly; the last answer: not yet")]
fn a_wait_names_what_it_waited_for() {
    wait_until("pigs fly", Duration::from_millis(100), || false);
}

#[test]
fn a_node_keeps_its_data_and_its_address_over_a_restart() {
    let kafka = Kafka::start("restarted-kafka");
    let before = kafka.bootstrap().to_owned();
    kafka.create_topic("kept", 3);
    let began = Instant::now();
    kafka.stop();
    kafka.start_again();
    println!("stopped and started in {:?}", began.elapsed());
    assert_eq!(kafka.bootstrap(), before);
    let mut records = 0;
    Topics::new(&kafka).read("kept", 3, |_| records += 1);
    assert_eq!(records, 0);
    assert!(began.elapsed() < seconds(60));
}
