//! How many instances this machine can hold at once: the pooling allocator's sizes, derived from address space and mappings.

use serde::Serialize;
use wasmtime::{Enabled, PoolingAllocationConfig};

/// Address space of one linear memory: a reservation of 4 GiB and its guard.
const MEMORY_SLOT: u64 = (4 << 30) + (32 << 20);
/// A user process has 47 bits of address space on most machines; part of it is kept for everything else.
const ADDRESS_SPACE: u64 = 96 << 40;
/// Mappings that the process needs beside the pool's.
const SPARE_MAPPINGS: u64 = 8_192;
/// A stack slot costs two mappings when the pool is made; a live instance with two memories and a table up to six more.
const MAPPINGS_PER_INSTANCE: u64 = 8;
const MOST_INSTANCES: u64 = 2_000;
const LEAST_INSTANCES: u64 = 16;
/// CPython and JavaScript guests hold several memories and tables.
const MEMORIES_PER_INSTANCE: u64 = 2;
const TABLES_PER_INSTANCE: u64 = 4;
/// As many as the limit of a call is by default.
const TABLE_ELEMENTS: usize = 200_000;
const KEEP_RESIDENT: usize = 2 << 20;
const TABLE_KEEP_RESIDENT: usize = 64 << 10;

/// The sizes that were chosen, as they are reported.
#[derive(Clone, Debug, Serialize)]
pub struct PoolSizes {
    /// Components that can be live at the same time in this process.
    pub instances: u64,
    pub memories: u64,
    pub tables: u64,
    /// The mappings that this process may have (`vm.max_map_count`).
    pub max_map_count: u64,
    /// The address space that this process may reserve, in bytes.
    pub address_space: u64,
}

impl PoolSizes {
    /// What this machine allows, for as many instances as are `wanted`.
    pub fn of_this_machine(wanted: Option<u64>) -> Self {
        Self::within(max_map_count(), address_space(), wanted.unwrap_or(MOST_INSTANCES))
    }

    fn within(max_map_count: u64, address_space: u64, most: u64) -> Self {
        let by_mappings = max_map_count.saturating_sub(SPARE_MAPPINGS) / MAPPINGS_PER_INSTANCE;
        let by_space = address_space / (MEMORY_SLOT * MEMORIES_PER_INSTANCE);
        let instances = by_mappings.min(by_space).min(most);
        Self {
            instances,
            memories: instances * MEMORIES_PER_INSTANCE,
            tables: instances * TABLES_PER_INSTANCE,
            max_map_count,
            address_space,
        }
    }

    /// Too small a pool refuses calls that the machine could serve: then instances are allocated on demand.
    pub fn is_useful(&self) -> bool {
        self.instances >= LEAST_INSTANCES
    }

    /// The next smaller pool, where the kernel refused this one.
    pub fn halved(&self) -> Self {
        Self::within(self.max_map_count, self.address_space, self.instances / 2)
    }

    pub(crate) fn config(&self) -> PoolingAllocationConfig {
        let count = |value: u64| u32::try_from(value).unwrap_or(u32::MAX);
        let mut pool = PoolingAllocationConfig::new();
        pool.total_component_instances(count(self.instances))
            .total_core_instances(count(self.instances * 40))
            .total_memories(count(self.memories))
            .total_tables(count(self.tables))
            .total_stacks(count(self.instances))
            .total_gc_heaps(count(self.instances.min(200)))
            .max_core_instances_per_component(400)
            .max_memories_per_component(64)
            .max_tables_per_component(64)
            .max_memories_per_module(16)
            .max_tables_per_module(16)
            .max_component_instance_size(20 << 20)
            .max_core_instance_size(10 << 20)
            .max_memory_size(4 << 30)
            .table_elements(TABLE_ELEMENTS)
            .linear_memory_keep_resident(KEEP_RESIDENT)
            .table_keep_resident(TABLE_KEEP_RESIDENT)
            // At once: batches of slots wait for others, with all that an ended call wrote, and save nothing that could be measured.
            .decommit_batch_size(1)
            .pagemap_scan(if swap_is_off() { Enabled::Auto } else { Enabled::No });
        pool
    }
}

fn max_map_count() -> u64 {
    read_number("/proc/sys/vm/max_map_count").unwrap_or(65_530)
}

/// What a pool may reserve.
fn address_space() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the pointer is to a live rlimit.
    let failed = unsafe { libc::getrlimit(libc::RLIMIT_AS, &mut limit) };
    let most = if failed == 0 { limit.rlim_cur.min(ADDRESS_SPACE) } else { ADDRESS_SPACE };
    let mut sizes = std::iter::successors(Some(most), |bytes| (*bytes > MEMORY_SLOT).then_some(bytes / 4 * 3));
    match sizes.find(|bytes| can_be_reserved(*bytes)) {
        Some(ADDRESS_SPACE) => ADDRESS_SPACE,
        // Kernels of small machines give 39 bits. There are two kinds of guests, with a pool each.
        smaller => smaller.unwrap_or(0) / 2,
    }
}

fn can_be_reserved(bytes: u64) -> bool {
    let Ok(bytes) = usize::try_from(bytes) else { return false };
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: a mapping of its own, which nobody has access to, and which is gone again.
    unsafe {
        let mapped = libc::mmap(std::ptr::null_mut(), bytes, libc::PROT_NONE, flags, -1, 0);
        mapped != libc::MAP_FAILED && libc::munmap(mapped, bytes) == 0
    }
}

/// The scan for dirty pages does not see those that were swapped out: the next instance would read its predecessor's data.
fn swap_is_off() -> bool {
    std::fs::read_to_string("/proc/swaps").is_ok_and(|swaps| swaps.lines().count() <= 1)
}

fn read_number(path: &str) -> Option<u64> {
    std::fs::read_to_string(path).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_mappings_make_a_small_pool() {
        let sizes = PoolSizes::within(65_530, ADDRESS_SPACE, MOST_INSTANCES);
        assert_eq!(sizes.instances, MOST_INSTANCES);
        assert_eq!(PoolSizes::within(16_384, ADDRESS_SPACE, MOST_INSTANCES).instances, 1_024);
    }

    #[test]
    fn a_small_address_space_makes_the_pool_useless() {
        assert!(!PoolSizes::within(65_530, 64 << 30, MOST_INSTANCES).is_useful());
    }

    #[test]
    fn a_refused_pool_is_tried_at_half_its_size() {
        let sizes = PoolSizes::within(65_530, ADDRESS_SPACE, MOST_INSTANCES).halved();
        assert_eq!((sizes.instances, sizes.memories), (1_000, 2_000));
    }
}
