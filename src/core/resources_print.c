/* SPDX-License-Identifier: Apache-2.0 */
#include "core/json_write.h"
#include "core/update.h"

static void put_i64(struct json_writer *w, const char *key, struct opt_i64 v)
{
    if (v.has)
        json_write_key_i64(w, key, v.v);
}

static void put_u64(struct json_writer *w, const char *key, struct opt_u64 v)
{
    if (v.has)
        json_write_key_u64(w, key, v.v);
}

static void put_u32(struct json_writer *w, const char *key, struct opt_u32 v)
{
    if (v.has)
        json_write_key_u64(w, key, v.v);
}

static void put_u16(struct json_writer *w, const char *key, struct opt_u16 v)
{
    if (v.has)
        json_write_key_u64(w, key, v.v);
}

static void put_bool(struct json_writer *w, const char *key, struct opt_bool v)
{
    if (v.has)
        json_write_key_bool(w, key, v.v);
}

static void put_str(struct json_writer *w, const char *key, const char *s)
{
    if (s)
        json_write_key_str(w, key, s);
}

static void put_devices(struct json_writer *w, const struct config_resources *r)
{
    json_write_key(w, "devices");
    json_write_array(w);
    for (size_t i = 0; i < r->n_devices; i++) {
        const struct config_device_rule *d = &r->devices[i];

        json_write_object(w);
        json_write_key_bool(w, "allow", d->allow);
        put_str(w, "type", d->type);
        put_i64(w, "major", d->major);
        put_i64(w, "minor", d->minor);
        put_str(w, "access", d->access);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

static void put_memory(struct json_writer *w, const struct config_memory *m)
{
    json_write_key(w, "memory");
    json_write_object(w);
    put_i64(w, "limit", m->limit);
    put_i64(w, "reservation", m->reservation);
    put_i64(w, "swap", m->swap);
    put_i64(w, "kernel", m->kernel);
    put_i64(w, "kernelTCP", m->kernel_tcp);
    put_u64(w, "swappiness", m->swappiness);
    put_bool(w, "disableOOMKiller", m->disable_oom_killer);
    put_bool(w, "useHierarchy", m->use_hierarchy);
    put_bool(w, "checkBeforeUpdate", m->check_before_update);
    json_write_object_end(w);
}

static void put_cpu(struct json_writer *w, const struct config_cpu *c)
{
    json_write_key(w, "cpu");
    json_write_object(w);
    put_u64(w, "shares", c->shares);
    put_i64(w, "quota", c->quota_us);
    put_u64(w, "burst", c->burst_us);
    put_u64(w, "period", c->period_us);
    put_i64(w, "realtimeRuntime", c->realtime_runtime_us);
    put_u64(w, "realtimePeriod", c->realtime_period_us);
    put_str(w, "cpus", c->cpus);
    put_str(w, "mems", c->mems);
    put_i64(w, "idle", c->idle);
    json_write_object_end(w);
}

static void put_throttle(struct json_writer *w, const char *key, const struct config_throttle_devices *t)
{
    if (t->n == 0)
        return;
    json_write_key(w, key);
    json_write_array(w);
    for (size_t i = 0; i < t->n; i++) {
        json_write_object(w);
        json_write_key_i64(w, "major", t->v[i].major);
        json_write_key_i64(w, "minor", t->v[i].minor);
        json_write_key_u64(w, "rate", t->v[i].rate);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

static void put_block_io(struct json_writer *w, const struct config_block_io *b)
{
    json_write_key(w, "blockIO");
    json_write_object(w);
    put_u16(w, "weight", b->weight);
    put_u16(w, "leafWeight", b->leaf_weight);
    if (b->n_weight_devices) {
        json_write_key(w, "weightDevice");
        json_write_array(w);
        for (size_t i = 0; i < b->n_weight_devices; i++) {
            json_write_object(w);
            json_write_key_i64(w, "major", b->weight_devices[i].major);
            json_write_key_i64(w, "minor", b->weight_devices[i].minor);
            put_u16(w, "weight", b->weight_devices[i].weight);
            put_u16(w, "leafWeight", b->weight_devices[i].leaf_weight);
            json_write_object_end(w);
        }
        json_write_array_end(w);
    }
    put_throttle(w, "throttleReadBpsDevice", &b->throttle[THROTTLE_READ_BPS]);
    put_throttle(w, "throttleWriteBpsDevice", &b->throttle[THROTTLE_WRITE_BPS]);
    put_throttle(w, "throttleReadIOPSDevice", &b->throttle[THROTTLE_READ_IOPS]);
    put_throttle(w, "throttleWriteIOPSDevice", &b->throttle[THROTTLE_WRITE_IOPS]);
    json_write_object_end(w);
}

static void put_hugepages(struct json_writer *w, const struct config_resources *r)
{
    json_write_key(w, "hugepageLimits");
    json_write_array(w);
    for (size_t i = 0; i < r->n_hugepage_limits; i++) {
        json_write_object(w);
        put_str(w, "pageSize", r->hugepage_limits[i].page_size ? r->hugepage_limits[i].page_size : "");
        json_write_key_u64(w, "limit", r->hugepage_limits[i].limit);
        json_write_object_end(w);
    }
    json_write_array_end(w);
}

static void put_network(struct json_writer *w, const struct config_network *n)
{
    json_write_key(w, "network");
    json_write_object(w);
    put_u32(w, "classID", n->class_id);
    if (n->n_priorities) {
        json_write_key(w, "priorities");
        json_write_array(w);
        for (size_t i = 0; i < n->n_priorities; i++) {
            json_write_object(w);
            put_str(w, "name", n->priorities[i].name ? n->priorities[i].name : "");
            json_write_key_u64(w, "priority", n->priorities[i].priority);
            json_write_object_end(w);
        }
        json_write_array_end(w);
    }
    json_write_object_end(w);
}

static void put_rdma(struct json_writer *w, const struct config_resources *r)
{
    json_write_key(w, "rdma");
    json_write_object(w);
    for (size_t i = 0; i < r->n_rdma; i++) {
        json_write_key(w, r->rdma[i].device);
        json_write_object(w);
        put_u32(w, "hcaHandles", r->rdma[i].hca_handles);
        put_u32(w, "hcaObjects", r->rdma[i].hca_objects);
        json_write_object_end(w);
    }
    json_write_object_end(w);
}

void resources_print(const struct config_resources *r, struct buf *out)
{
    struct json_writer w;

    json_write_init(&w, out, NULL);
    json_write_object(&w);
    if (r->n_devices)
        put_devices(&w, r);
    put_memory(&w, &r->memory);
    put_cpu(&w, &r->cpu);
    if (r->pids_limit.has) {
        json_write_key(&w, "pids");
        json_write_object(&w);
        put_i64(&w, "limit", r->pids_limit);
        json_write_object_end(&w);
    }
    put_block_io(&w, &r->block_io);
    if (r->n_hugepage_limits)
        put_hugepages(&w, r);
    put_network(&w, &r->network);
    if (r->n_rdma)
        put_rdma(&w, r);
    if (r->unified.n) {
        json_write_key(&w, "unified");
        json_write_object(&w);
        for (size_t i = 0; i < r->unified.n; i++)
            json_write_key_str(&w, r->unified.v[i].key, r->unified.v[i].value ? r->unified.v[i].value : "");
        json_write_object_end(&w);
    }
    json_write_object_end(&w);
}
