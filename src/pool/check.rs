use super::registry::Pool;
use std::hash::Hash;
impl<K: Clone + Eq + Hash> Pool<K> {
    #[doc(hidden)]
    pub fn check(&self) -> Result<(), String> {
        Ok(())
    }
}
