//! A map that forgets: what was not used for long makes room. Two halves; when the young one is
//! full it becomes the old one, and what was in the old one is dropped.

use std::collections::HashMap;
use std::hash::Hash;

pub(super) struct Bounded<K, V> {
    half: usize,
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Hash + Eq + Clone, V> Bounded<K, V> {
    /// Holds at most so many.
    pub(super) fn new(most: usize) -> Self {
        Self {
            half: most.div_ceil(2),
            young: HashMap::new(),
            old: HashMap::new(),
        }
    }

    pub(super) fn get(&mut self, key: &K) -> Option<&V> {
        if let Some((key, value)) = self.old.remove_entry(key) {
            self.insert(key, value);
        }
        self.young.get(key)
    }

    pub(super) fn insert(&mut self, key: K, value: V) {
        if self.young.len() >= self.half {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_used_stays_and_what_is_not_makes_room() {
        let mut map = Bounded::new(4);
        map.insert("kept", 0);
        for (n, key) in ["a", "b", "c", "d", "e"].into_iter().enumerate() {
            map.insert(key, n);
            assert_eq!(map.get(&"kept"), Some(&0));
        }
        assert_eq!(map.get(&"a"), None);
        assert!(map.young.len() + map.old.len() <= 4);
    }
}
