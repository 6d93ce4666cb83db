//! A Kafka node with listeners for every way to secure a connection, and what clients need for each.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use crate::identity::Identity;
use crate::kafka::Kafka;
use crate::ports;
use crate::temp::TempDir;
use crate::token_provider::TokenProvider;

/// Of all stores and keys.
pub const STORE_PASSWORD: &str = "store-secret";
const USER: &str = "alice";
const PASSWORD: &str = "alice-secret";
/// Of tokens: short, so that a test sees how they are renewed.
const TOKEN_LIFETIME: Duration = Duration::from_secs(10);

/// A running node with its authority, stores and provider.
#[derive(Debug)]
pub struct SecureKafka {
    pub kafka: Kafka,
    pub provider: TokenProvider,
    directory: TempDir,
    ports: Ports,
}

/// By protocol.
#[derive(Clone, Copy, Debug)]
struct Ports {
    ssl: u16,
    sasl_ssl: u16,
    sasl_plaintext: u16,
}

/// The settings of a client under Java's keys, with `bootstrap.servers`.
pub type Settings = Vec<(&'static str, String)>;

impl SecureKafka {
    pub fn start(name: &str) -> Self {
        let directory = TempDir::new(&format!("{name}-stores"));
        let authority = Identity::authority();
        directory.write("ca.pem", authority.pem());
        directory.write("stranger.pem", Identity::authority().pem());
        directory.write("server.pem", authority.of("127.0.0.1").pem_with_key());
        write_stores(&directory, &authority.of("worker"));
        let provider = TokenProvider::start(&authority, USER, PASSWORD, "kafka", TOKEN_LIFETIME);
        let jwks = directory.write("jwks.json", provider.jwks());
        let jwks = format!("file://{}", jwks.display());
        let ports = Ports { ssl: ports::free(), sasl_ssl: ports::free(), sasl_plaintext: ports::free() };
        let Ports { ssl, sasl_ssl, sasl_plaintext } = ports;
        let properties = directory.write("more.properties", broker_properties(&directory, &jwks));
        let kafka = Kafka::start_with(
            name,
            &[
                ("KAFKA_LISTENERS", format!("SSL={ssl} SASL_SSL={sasl_ssl} SASL_PLAINTEXT={sasl_plaintext}")),
                ("KAFKA_PROPERTIES", properties.display().to_string()),
                ("KAFKA_SCRAM", format!("{USER}={PASSWORD}")),
                ("KAFKA_JVM", format!("-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls={jwks}")),
            ],
        );
        Self { kafka, provider, directory, ports }
    }

    /// A store: `ca.pem`, `client.pem`, `client.p12`, `client.jks`, `trust.p12`, `trust.jks`, and `stranger.pem`, which has issued
    /// nothing.
    pub fn store(&self, name: &str) -> String {
        self.directory.file(name).display().to_string()
    }

    /// For clients that show a certificate, from stores with these names and of this type.
    pub fn mutual_tls(&self, key_store: &str, trust_store: &str, store_type: &str) -> Settings {
        let mut settings = vec![
            ("bootstrap.servers", format!("127.0.0.1:{}", self.ports.ssl)),
            ("security.protocol", "SSL".to_owned()),
            ("ssl.keystore.type", store_type.to_owned()),
            ("ssl.keystore.location", self.store(key_store)),
            ("ssl.truststore.type", store_type.to_owned()),
            ("ssl.truststore.location", self.store(trust_store)),
        ];
        if store_type != "PEM" {
            settings.push(("ssl.keystore.password", STORE_PASSWORD.to_owned()));
            settings.push(("ssl.truststore.password", STORE_PASSWORD.to_owned()));
        }
        settings
    }

    /// For clients with a password, over TLS or not.
    pub fn password(&self, mechanism: &'static str, tls: bool, password: Option<&str>) -> Settings {
        let module = if mechanism == "PLAIN" { "plain.PlainLoginModule" } else { "scram.ScramLoginModule" };
        let password = password.unwrap_or(PASSWORD);
        let jaas =
            format!("org.apache.kafka.common.security.{module} required username=\"{USER}\" password=\"{password}\";");
        self.sasl(mechanism, tls, jaas)
    }

    /// For clients with tokens of the provider.
    pub fn oauth(&self, secret: Option<&str>) -> Settings {
        let secret = secret.unwrap_or(PASSWORD);
        let jaas = format!(
            "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule required clientId=\"{USER}\" \
             clientSecret=\"{secret}\" ssl.truststore.type=\"PEM\" ssl.truststore.location=\"{}\";",
            self.store("ca.pem")
        );
        let mut settings = self.sasl("OAUTHBEARER", true, jaas);
        settings.push(("sasl.oauthbearer.token.endpoint.url", self.provider.url()));
        settings.push(("sasl.oauthbearer.scope", "kafka".to_owned()));
        settings.push((
            "sasl.login.callback.handler.class",
            "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler".to_owned(),
        ));
        settings
    }

    fn sasl(&self, mechanism: &str, tls: bool, jaas: String) -> Settings {
        let (port, protocol) =
            if tls { (self.ports.sasl_ssl, "SASL_SSL") } else { (self.ports.sasl_plaintext, "SASL_PLAINTEXT") };
        let mut settings = vec![
            ("bootstrap.servers", format!("127.0.0.1:{port}")),
            ("security.protocol", protocol.to_owned()),
            ("sasl.mechanism", mechanism.to_owned()),
            ("sasl.jaas.config", jaas),
        ];
        if tls {
            settings.push(("ssl.truststore.type", "PEM".to_owned()));
            settings.push(("ssl.truststore.location", self.store("ca.pem")));
        }
        settings
    }
}

/// The client's key and what it trusts, in all formats; JKS is keytool's own.
fn write_stores(directory: &TempDir, client: &Identity) {
    directory.write("client.pem", client.pem_with_key());
    directory.write("client.p12", client.pkcs12(STORE_PASSWORD));
    let (key, ca) = (directory.file("client.p12"), directory.file("ca.pem"));
    let import = |store: &str, store_type: &str| {
        keytool(&["-importcert", "-alias", "ca"], "-file", &ca, directory.file(store), store_type);
    };
    import("trust.p12", "PKCS12");
    import("trust.jks", "JKS");
    let from = ["-importkeystore", "-srcstorepass", STORE_PASSWORD];
    keytool(&from, "-srckeystore", &key, directory.file("client.jks"), "JKS");
}

fn keytool(what: &[&str], from_option: &str, from: &PathBuf, to: PathBuf, store_type: &str) {
    let (to_option, type_option, password_option) = match what[0] {
        "-importkeystore" => ("-destkeystore", "-deststoretype", "-deststorepass"),
        _ => ("-keystore", "-storetype", "-storepass"),
    };
    let mut command = Command::new("keytool");
    command.args(what).arg("-noprompt").arg(from_option).arg(from).arg(to_option).arg(to);
    command.args([type_option, store_type, password_option, STORE_PASSWORD]);
    let output = command.output().expect("keytool of the JDK can be run");
    assert!(output.status.success(), "keytool: {}", String::from_utf8_lossy(&output.stdout));
}

fn broker_properties(directory: &TempDir, jwks: &str) -> String {
    let stores = directory.path().display();
    let modules = "org.apache.kafka.common.security";
    let mut text = format!(
        "ssl.keystore.type=PEM\nssl.keystore.location={stores}/server.pem\n\
         ssl.truststore.type=PEM\nssl.truststore.location={stores}/ca.pem\n\
         listener.name.ssl.ssl.client.auth=required\n\
         sasl.enabled.mechanisms=PLAIN,SCRAM-SHA-256,SCRAM-SHA-512,OAUTHBEARER\n\
         sasl.oauthbearer.jwks.endpoint.url={jwks}\n\
         # Logins end with their tokens.\n\
         connections.max.reauth.ms=3600000\n"
    );
    for listener in ["sasl_ssl", "sasl_plaintext"] {
        for (mechanism, module) in [
            ("plain", format!("plain.PlainLoginModule required user_{USER}=\"{PASSWORD}\"")),
            ("scram-sha-256", "scram.ScramLoginModule required".to_owned()),
            ("scram-sha-512", "scram.ScramLoginModule required".to_owned()),
            ("oauthbearer", "oauthbearer.OAuthBearerLoginModule required".to_owned()),
        ] {
            text += &format!("listener.name.{listener}.{mechanism}.sasl.jaas.config={modules}.{module};\n");
        }
        text += &format!(
            "listener.name.{listener}.oauthbearer.sasl.server.callback.handler.class=\
             {modules}.oauthbearer.OAuthBearerValidatorCallbackHandler\n"
        );
    }
    text
}
