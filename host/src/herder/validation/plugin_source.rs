
impl PluginSource for Plugins {
    fn resolve_connector(&self, class: &str, version: Option<&str>) -> Result<Arc<PluginDesc>, UnresolvedConnector> {
        self.resolve_connector(class, version).map_err(|message| match self.resolve_connector(class, None) {
            Err(_) => UnresolvedConnector::NotFound(message),
            Ok(newest) => {
                UnresolvedConnector::NoSuchVersion { message, available: self.connector_versions(&newest.class) }
            }
        })
    }

    fn connector_versions(&self, class: &str) -> Vec<String> {
        self.connectors().filter(|plugin| plugin.class == class).map(|plugin| plugin.version.clone()).collect()
    }

    fn classes(&self, kind: PluginKind) -> Vec<String> {
        let mut classes: Vec<_> =
            self.list().iter().filter(|plugin| plugin.kind == kind).map(|plugin| plugin.class.clone()).collect();
        classes.dedup();
        classes
    }

    fn class(&self, kind: PluginKind, name: &str) -> Option<PluginClass> {
        let newest = self.resolve(kind, name, None).ok()?;
        let of_class = self.list().iter().filter(|plugin| plugin.kind == kind && plugin.class == newest.class);
        Some(PluginClass {
            class: newest.class.clone(),
            versions: of_class.map(|plugin| plugin.version.clone()).collect(),
            keys: newest.config.to_vec(),
        })
    }
}
