//! What a guest has open in one room, by number.

use slab::Slab;

/// As many as Spin allows.
pub(crate) const CAPACITY: usize = 256;

/// Open things of one call; no more than [`CAPACITY`] at the same time.
pub(crate) struct Table<T>(Slab<T>);

impl<T> Default for Table<T> {
    fn default() -> Self {
        Self(Slab::new())
    }
}

impl<T> Table<T> {
    /// The new thing's number; none where the table is full.
    pub(crate) fn add(&mut self, thing: T) -> Option<u32> {
        if self.0.len() >= CAPACITY {
            return None;
        }
        u32::try_from(self.0.insert(thing)).ok()
    }

    pub(crate) fn len(&self) -> usize {
        self.0.len()
    }

    pub(crate) fn get(&self, number: u32) -> Option<&T> {
        self.0.get(number as usize)
    }

    pub(crate) fn get_mut(&mut self, number: u32) -> Option<&mut T> {
        self.0.get_mut(number as usize)
    }

    pub(crate) fn remove(&mut self, number: u32) -> Option<T> {
        self.0.try_remove(number as usize)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_table_takes_no_more_until_something_is_closed() {
        let mut table = Table::default();
        let numbers: Vec<_> = (0..CAPACITY).map(|thing| table.add(thing)).collect();
        assert!(numbers.iter().all(Option::is_some));
        assert_eq!(table.add(0), None);
        assert_eq!(table.remove(7), Some(7));
        assert_eq!(table.get(7), None);
        assert_eq!(table.add(1), Some(7));
    }
}
