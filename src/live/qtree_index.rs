//! The devices with ids in `info qtree`: one answer in place of a query for each property.

use std::collections::HashMap;

use super::properties::WANTED;
use super::qtree;
use crate::model::Text;

/// The report on one device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct QtreeDevice {
    driver: Text,
    /// Name of the bus it is on.
    bus: Option<Text>,
    /// The queried properties among them.
    properties: Vec<(Text, Text)>,
}

/// Devices by their ids.
#[derive(Debug, Default)]
pub(super) struct QtreeIndex(HashMap<Text, Vec<QtreeDevice>>);

impl QtreeDevice {
    /// The value of a property.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.properties.iter().find(|(own, _)| &**own == name).map(|(_, value)| &**value)
    }
}

impl QtreeIndex {
    /// Reads them off the text of `info qtree`.
    pub(super) fn read(text: &str) -> Self {
        let (facts, properties) = qtree::read(text);
        let mut index: HashMap<Text, Vec<QtreeDevice>> = HashMap::new();
        for (device, mut properties) in facts.devices.iter().zip(properties) {
            let (Some(id), Some(driver)) = (&device.id, &device.driver) else { continue };
            properties.retain(|(name, _)| WANTED.contains(&&**name));
            let bus = device.bus.and_then(|bus| facts.bus(bus)?.name.clone());
            let told = QtreeDevice { driver: driver.clone(), bus, properties };
            index.entry(id.clone()).or_default().push(told);
        }
        Self(index)
    }

    /// The report on the object at a path, if a user chose its id: the bridge inside of a `pxb` has
    /// the id of the `pxb`, but another model.
    pub(super) fn of(&self, path: &str, driver: &str) -> Option<&QtreeDevice> {
        let id = path.strip_prefix("/machine/peripheral/")?;
        self.0.get(id)?.iter().find(|told| &*told.driver == driver)
    }
}
