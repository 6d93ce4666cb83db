//! The configurations of a connector's tasks as a body: a list of objects.

use super::config_map::of_node;
use crate::connect::Config;
use crate::rest::json::{JsonError, Node};

/// In the order of the tasks. A null value is a key that is not there.
pub(in crate::rest) fn task_configs(body: &[u8]) -> Result<Vec<Config>, JsonError> {
    let elements = Node::parse(body)?.elements("The request body")?;
    let config = |(task, node): (usize, Node<'_>)| {
        let config = of_node(&node, &format!("Task {task}"), "")?;
        Ok(config.into_iter().filter_map(|(key, value)| Some((key, value?))).collect())
    };
    elements.into_iter().enumerate().map(config).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_element_is_a_tasks_configuration() {
        let configs = task_configs(br#"[{"a":"1","b":null},{}]"#).unwrap();
        assert_eq!(configs, [Config::from([("a".to_owned(), "1".to_owned())]), Config::new()]);
        for wrong in ["{}", "[1]", r#"[{"a":[]}]"#, ""] {
            assert!(task_configs(wrong.as_bytes()).is_err(), "{wrong}");
        }
    }
}
