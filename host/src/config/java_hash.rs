//! The order in which Java's `HashMap` lists its keys, where Java's answers show it.

/// `String.hashCode`.
pub fn hash_code(text: &str) -> i32 {
    text.encode_utf16().fold(0i32, |hash, unit| hash.wrapping_mul(31).wrapping_add(i32::from(unit)))
}

/// Sorts distinct names as a `HashMap` lists them that grew as they were put in, one after the other.
pub fn sort_like_hash_map<T>(items: &mut [T], name: impl Fn(&T) -> &str) {
    let mut capacity = 16usize;
    while items.len() * 4 > capacity * 3 {
        capacity *= 2;
    }
    sort_by_bucket(items, capacity, name);
}

/// Sorts distinct names as `new HashSet<>(names)` lists them, which makes room for all of them at once, and a little more.
pub fn sort_like_hash_set_copy<T>(items: &mut [T], name: impl Fn(&T) -> &str) {
    let wanted = items.len() * 4 / 3 + 1;
    sort_by_bucket(items, wanted.next_power_of_two().max(16), name);
}

/// Buckets keep the order of insertion, also when they are split; so does a stable sort.
fn sort_by_bucket<T>(items: &mut [T], capacity: usize, name: impl Fn(&T) -> &str) {
    items.sort_by_key(|item| {
        let hash = hash_code(name(item)).cast_unsigned();
        (hash ^ (hash >> 16)) as usize & (capacity - 1)
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hash_codes_are_javas() {
        assert_eq!(hash_code(""), 0);
        assert_eq!(hash_code("abc"), 96354);
        assert_eq!(hash_code("connector.class"), {
            "connector.class".bytes().fold(0i32, |hash, byte| hash.wrapping_mul(31).wrapping_add(i32::from(byte)))
        });
    }

    #[test]
    fn keys_of_the_json_converter_come_as_java_lists_them() {
        let mut names = [
            "converter.type",
            "schemas.enable",
            "schemas.cache.size",
            "schema.content",
            "decimal.format",
            "replace.null.with.default",
        ];
        sort_like_hash_map(&mut names, |name| name);
        assert_eq!(
            names,
            [
                "decimal.format",
                "converter.type",
                "schemas.cache.size",
                "replace.null.with.default",
                "schemas.enable",
                "schema.content"
            ]
        );
    }
}
