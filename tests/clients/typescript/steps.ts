// Use the generated TypeScript client as a customer's program does: node steps.js BASE_URL TOKEN
import assert from "node:assert/strict";
import { randomUUID } from "node:crypto";

import createClient from "openapi-fetch";

import type { components, paths } from "./generated/schema.js";

type Target = components["schemas"]["InboundTargetDto"];

const [baseUrl, token] = process.argv.slice(2);
const api = createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${token}` } });
const orderId = `TS-${randomUUID()}`;
const order: Target = {
  externalId: orderId,
  operation: "upsert",
  templateKey: "delivery_stop",
  title: "Delivery",
  address: { city: "Essen", country: "DE", latitude: 51.45, longitude: 7.01 },
  planning: { routeDate: "2026-06-25", priority: "High", estimatedWorkMinutes: 25 },
  customFields: { package_count: "8", temperature_sensitive: true },
};

async function sendTwiceWithAKey(): Promise<components["schemas"]["ImportJob"]> {
  const params = { header: { "Idempotency-Key": randomUUID() } };
  const { data, response } = await api.POST("/inbound/targets", { params, body: order });
  const again = await api.POST("/inbound/targets", { params, body: order });
  assert.ok(data && again.data);
  assert.equal(response.status, 201);
  assert.equal(again.data.importJobId, data.importJobId);
  assert.equal(again.response.headers.get("Idempotent-Replayed"), "true");
  assert.equal(data.items[0].externalId, orderId);
  assert.equal(data.items[0].status, "Created");
  assert.deepEqual(data.items[0].warnings, []);
  return data;
}

async function readBack(jobId: number): Promise<void> {
  const { data: job } = await api.GET("/import-jobs/{id}", { params: { path: { id: jobId } } });
  assert.ok(job?.items[0].targetId);
  assert.equal(job.sourceSystem, "logistics_erp");
  const { data: target } = await api.GET("/targets/{id}", { params: { path: { id: job.items[0].targetId } } });
  assert.equal(target?.planning.priority, "High");
  assert.equal(target.customFields.package_count, 8);
  const { data: page } = await api.GET("/targets", { params: { query: { externalId: orderId } } });
  assert.equal(page?.results[0].id, target.id);
  const { data: health } = await api.GET("/integration/health");
  assert.equal(health?.status, "ok");
}

async function update(): Promise<void> {
  const { data } = await api.POST("/inbound/targets", { body: { ...order, title: "Pickup" } });
  assert.deepEqual(data?.items[0].changes, [{ field: "title", from: "Delivery", to: "Pickup" }]);
}

async function rehearse(): Promise<void> {
  const params = { query: { validateOnly: true } };
  const body = { ...order, externalId: `${orderId}-R` };
  const { data, response } = await api.POST("/inbound/targets", { params, body });
  assert.equal(response.status, 201);
  assert.equal(data?.importJobId, null);
  assert.equal(data?.validateOnly, true);
}

async function sendABatch(): Promise<void> {
  const targets = [{ ...order, externalId: `${orderId}-B` }, { ...order, externalId: "" }];
  const { data, response } = await api.POST("/inbound/targets/batch", { body: { targets, batchId: orderId } });
  assert.equal(response.status, 200);
  assert.equal(data?.status, "PartiallyFailed");
  assert.deepEqual(data.items.map((item) => item.index), [0, 1]);
  assert.equal(data.items[1].errorCode, "missing_external_id");
  assert.equal(data.items[1].errors?.[0].field, "externalId");
  assert.ok(data.importJobId);
  const query = { status: "Rejected", payload: true } as const;
  const items = await api.GET("/import-jobs/{id}/items", { params: { path: { id: data.importJobId }, query } });
  assert.equal(items.data?.results[0].index, 1);
  assert.equal(items.data.results[0].errorCode, "missing_external_id");
}

async function makeMistakes(): Promise<void> {
  const unknown: Target = { externalId: `${orderId}-U`, operation: "update" };
  const { error, response } = await api.POST("/inbound/targets", { body: unknown });
  assert.equal(response.status, 404);
  assert.ok(error && "items" in error);
  assert.equal(error.items[0].errors?.[0].code, "external_id_unknown");

  const params = { header: { "Idempotency-Key": randomUUID() } };
  await api.POST("/inbound/targets", { params, body: order });
  const conflict = await api.POST("/inbound/targets", { params, body: unknown });
  assert.equal(conflict.response.status, 422);
  assert.ok(conflict.error && "error" in conflict.error);
  assert.equal(conflict.error.error.code, "idempotency_conflict");

  const missing = await api.GET("/targets/{id}", { params: { path: { id: 999999999 } } });
  assert.equal(missing.error?.error.code, "not_found");
}

const job = await sendTwiceWithAKey();
assert.ok(job.importJobId);
await readBack(job.importJobId);
await update();
await rehearse();
await sendABatch();
await makeMistakes();
