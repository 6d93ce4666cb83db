//! Which client settings connectors may override (Java's `ConnectorClientConfigOverridePolicy`, KIP-458).

use super::config_exception::ConfigException;

/// The worker's policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OverridePolicy {
    All,
    None,
    /// Only who the client logs in as.
    Principal,
    /// Only these keys, without the prefix (since Kafka 4.2).
    Allowlist(Vec<String>),
}

impl OverridePolicy {
    /// By alias, simple or full class name.
    pub fn new(name: &str, allowlist: Vec<String>) -> Result<Self, ConfigException> {
        let simple = name.strip_prefix("org.apache.kafka.connect.connector.policy.").unwrap_or(name);
        Ok(match simple.strip_suffix("ConnectorClientConfigOverridePolicy").unwrap_or(simple) {
            "All" => Self::All,
            "None" => Self::None,
            "Principal" => Self::Principal,
            "Allowlist" => Self::Allowlist(allowlist),
            _ => {
                return Err(ConfigException::invalid(
                    "connector.client.config.override.policy",
                    name,
                    "It can be All, None, Principal or Allowlist",
                ));
            }
        })
    }

    pub fn name(&self) -> &'static str {
        match self {
            Self::All => "All",
            Self::None => "None",
            Self::Principal => "Principal",
            Self::Allowlist(_) => "Allowlist",
        }
    }

    /// Whether a connector may set `key`, given without the prefix; the error is Java's.
    pub fn check(&self, key: &str) -> Result<(), String> {
        let allowed = match self {
            Self::All => true,
            Self::None => false,
            Self::Principal => matches!(key, "sasl.jaas.config" | "sasl.mechanism" | "security.protocol"),
            Self::Allowlist(keys) => keys.iter().any(|allowed| allowed == key),
        };
        if allowed {
            return Ok(());
        }
        Err(format!(
            "The '{}' policy does not allow '{key}' to be overridden in the connector configuration.",
            self.name()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(policy: &str, allowed: &[&str], refused: &[&str]) {
        let policy = OverridePolicy::new(policy, vec!["linger.ms".to_owned()]).unwrap();
        for key in allowed {
            assert_eq!(policy.check(key), Ok(()));
        }
        for key in refused {
            let error = policy.check(key).unwrap_err();
            let name = policy.name();
            assert_eq!(
                error,
                format!("The '{name}' policy does not allow '{key}' to be overridden in the connector configuration.")
            );
        }
    }

    #[test]
    fn policies() {
        check("All", &["acks", "sasl.mechanism"], &[]);
        check("None", &[], &["acks", "sasl.mechanism"]);
        check("PrincipalConnectorClientConfigOverridePolicy", &["sasl.mechanism", "security.protocol"], &["acks"]);
        check(
            "org.apache.kafka.connect.connector.policy.AllowlistConnectorClientConfigOverridePolicy",
            &["linger.ms"],
            &["acks"],
        );
        assert!(OverridePolicy::new("Some", vec![]).is_err());
    }
}
