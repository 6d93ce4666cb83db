//! Splitting work among tasks (Java's `ConnectorUtils`).

/// Splits `elements` into `groups` runs in their order, as even as possible, the longer runs first
/// (`ConnectorUtils.groupPartitions`). With more groups than elements the last groups are empty; without groups the answer is.
pub fn group_partitions<T: Clone>(elements: &[T], groups: usize) -> Vec<Vec<T>> {
    let (each, left) = match groups {
        0 => return Vec::new(),
        _ => (elements.len() / groups, elements.len() % groups),
    };
    let mut rest = elements;
    (0..groups)
        .map(|group| {
            let (run, after) = rest.split_at(each + usize::from(group < left));
            rest = after;
            run.to_vec()
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_are_those_of_java() {
        assert_eq!(group_partitions(&[1, 2, 3, 4, 5], 1), [vec![1, 2, 3, 4, 5]]);
        assert_eq!(group_partitions(&[1, 2, 3, 4, 5], 2), [vec![1, 2, 3], vec![4, 5]]);
        assert_eq!(group_partitions(&[1, 2, 3, 4, 5], 3), [vec![1, 2], vec![3, 4], vec![5]]);
        assert_eq!(
            group_partitions(&[1, 2, 3, 4, 5], 7),
            [vec![1], vec![2], vec![3], vec![4], vec![5], vec![], vec![]]
        );
        assert_eq!(group_partitions(&[1], 0), Vec::<Vec<i32>>::new());
    }
}
