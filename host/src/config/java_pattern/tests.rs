//! Java's patterns, against what `java.util.regex` answers.

use super::*;

fn check(pattern: &str, matching: &[&str], others: &[&str]) {
    let compiled = JavaPattern::compile(pattern).unwrap();
    for text in matching {
        assert!(compiled.matches(text), "/{pattern}/ should match {text:?}");
    }
    for text in others {
        assert!(!compiled.matches(text), "/{pattern}/ should not match {text:?}");
    }
}

fn refused(pattern: &str, message: &str) {
    assert_eq!(JavaPattern::compile(pattern).unwrap_err(), message);
}

#[test]
fn the_whole_text_must_match() {
    check("foo", &["foo"], &["foobar", "xfoo", ""]);
    check(".*", &["", "a", "é.-_"], &["a\nb"]);
    check("foo|foobar", &["foo", "foobar"], &["fo"]);
    check("^foo$", &["foo"], &["foo\nx"]);
}

#[test]
fn quantifiers() {
    check("a{2,3}", &["aa", "aaa"], &["a", "aaaa"]);
    check("a{2}", &["aa"], &["aaa"]);
    check("a{2,}", &["aa", "aaaaa"], &["a"]);
    check("(ab)*c?", &["", "abab", "ababc"], &["aba"]);
    check("a++a", &[], &["aa", "aaa"]);
    check("a+?a", &["aa", "aaa"], &["a"]);
    check("(a*)*b", &["b", "aab"], &["aa"]);
    check("(?:a|b)*?c", &["ababc"], &["abab"]);
}

#[test]
fn classes() {
    check("[a-c&&[^b]]", &["a", "c"], &["b", "d"]);
    check("[a-d[m-p]]+", &["am", "dp"], &["e"]);
    check("[a-z&&[def]]", &["d"], &["a"]);
    check("[\\w.-]+", &["a_1.b-c"], &["a b"]);
    check("[]a]", &["]", "a"], &["b"]);
    check("[^a-c]", &["d", "]"], &["a"]);
    check("\\p{Upper}\\d\\D\\s\\S", &["A1x y"], &["a1x y"]);
    check("\\p{L}+", &["äß", "x"], &["1"]);
    check("[a\\-c]", &["-"], &["b"]);
    check("(?i)[a-c]X", &["Bx", "bX"], &["dx"]);
}

#[test]
fn escapes_and_quotes() {
    check("\\Qa.b*\\E+", &["a.b*", "a.b***"], &["axb"]);
    check("a\\.b", &["a.b"], &["axb"]);
    check("\\x41\\u0042\\x{43}\\0101\\t", &["ABCA\t"], &[]);
    check("a\\R", &["a\n", "a\r\n"], &["a"]);
}

#[test]
fn groups_look_around_and_references() {
    check("(?!test-).*", &["prod-a", "test"], &["test-a"]);
    check(".*(?<!-internal)", &["a"], &["a-internal"]);
    check("(?=.*x).{3}", &["axb"], &["abc"]);
    check("(a|b)\\1", &["aa", "bb"], &["ab"]);
    check("(?<x>a|b)-\\k<x>", &["a-a"], &["a-b"]);
    check("(?>a|ab)c", &["ac"], &["abc"]);
    check("(?i:a)b", &["Ab", "ab"], &["AB"]);
    check("\\bfoo\\b.*", &["foo-x"], &["foox"]);
}

#[test]
fn errors_are_in_javas_words() {
    refused("(", "Unclosed group near index 1\n(");
    refused("[", "Unclosed character class near index 0\n[\n^");
    refused("*", "Dangling meta character '*' near index 0\n*\n^");
    refused("a)", "Unmatched closing ')' near index 0\na)\n^");
    refused(")", "Unmatched closing ')'\n)");
    refused("{", "Illegal repetition\n{");
    refused("\\y", "Illegal/unsupported escape sequence near index 1\n\\y\n ^");
    refused("[b-a]", "Illegal character range near index 3\n[b-a]\n   ^");
    refused("a{2", "Unclosed counted closure near index 3\na{2");
}

#[test]
fn a_pattern_that_explodes_ends_without_a_match() {
    check("(a+)+b", &[], &[&"a".repeat(60)]);
}

#[test]
fn no_pattern_overflows_the_stack_or_takes_the_memory() {
    assert!(JavaPattern::compile(&"(".repeat(100_000)).is_err());
    assert!(JavaPattern::compile(&"[".repeat(100_000)).is_err());
    assert!(JavaPattern::compile("((a{1000}){1000}){1000}").is_err());
}

#[test]
fn no_pattern_panics() {
    let alphabet: Vec<char> = "ab()[]{}|*+?\\^$.-&<>=!:QEdpkRb10,2#é\n".chars().collect();
    let mut state = 1u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let mut compiled = 0;
    for _ in 0..50_000 {
        let mut pattern = String::new();
        for _ in 0..random(14) {
            pattern.push(alphabet[random(alphabet.len())]);
        }
        if let Ok(pattern) = JavaPattern::compile(&pattern) {
            compiled += 1;
            for text in ["", "a", "aab", "b\n", "é-&"] {
                pattern.matches(text);
            }
        }
    }
    assert!(compiled > 1000, "{compiled}");
}
