// Asks what standard input says over node-postgres: see talk.py for the lines.
// node node.js PORT parameters|prepared|cursor|stream
'use strict';
const readline = require('readline');
const { Client, types } = require('pg');
const [port, how] = process.argv.slice(2);

// Values as the server wrote them, so that nothing depends on this program's clock.
for (const oid of [1082, 1114, 1184, 1186]) types.setTypeParser(oid, (text) => text);

const unescape = (s) => s.replace(/\\(.)/g, (_, c) => ({ t: '\t', n: '\n', r: '\r' }[c] || c));
const escape = (s) => s.replace(/[\\\t\n\r]/g, (c) => ({ '\\': '\\\\', '\t': '\\t', '\n': '\\n', '\r': '\\r' }[c]));
const shown = (v) => (v === null ? '\\N' : escape(Buffer.isBuffer(v) ? v.toString('hex') : typeof v === 'object' ? JSON.stringify(v) : String(v)));

function value(field) {
	const type = field.slice(0, field.indexOf(':'));
	const text = field.slice(field.indexOf(':') + 1);
	switch (type) {
	case 'null': return null;
	case 'int': return Number(text);
	case 'float': return Number(text);
	case 'bool': return text === 'true';
	case 'bytes': return Buffer.from(text, 'hex');
	case 'ints': return JSON.parse(text);
	case 'texts': return JSON.parse(text);
	default: return text;
	}
}

let count = 0;

async function ask(client, sql, values) {
	if (how === 'prepared') {
		const name = 'p' + ++count;
		await client.query('SAVEPOINT before');
		await client.query({ name, text: sql, values, rowMode: 'array' });
		await client.query('ROLLBACK TO before');
		return client.query({ name, text: sql, values, rowMode: 'array' });
	}
	if (how === 'cursor') {
		const Cursor = require('pg-cursor');
		const cursor = client.query(new Cursor(sql, values, { rowMode: 'array' }));
		const rows = [];
		let fields = [];
		for (;;) {
			const [some, result] = await new Promise((resolve, reject) =>
				cursor.read(2, (error, rows_, result_) => (error ? reject(error) : resolve([rows_, result_]))));
			fields = result.fields || fields;
			rows.push(...some);
			if (some.length < 2) break;
		}
		await cursor.close();
		return { rows, fields };
	}
	if (how === 'stream') {
		const QueryStream = require('pg-query-stream');
		const stream = client.query(new QueryStream(sql, values, { rowMode: 'array', batchSize: 2 }));
		const rows = [];
		for await (const row of stream) rows.push(row);
		return { rows, fields: [] };
	}
	return client.query({ text: sql, values, rowMode: 'array' });
}

async function main() {
	const client = new Client({ host: '127.0.0.1', port: Number(port), user: 'postgres', database: 'live' });
	await client.connect();
	for await (const line of readline.createInterface({ input: process.stdin })) {
		const [sql, ...fields] = line.split('\t').map(unescape);
		await client.query('BEGIN');
		let out;
		try {
			const result = await ask(client, sql, fields.map(value));
			const rows = result.rows.map((row) => (Array.isArray(row) ? row : Object.values(row)));
			out = ['ok', String(result.fields.length), ...result.fields.map((f) => escape(f.name + ' ' + f.dataTypeID)), ...rows.flat().map(shown)];
		} catch (error) {
			out = ['error', error.code || '?', escape(error.message)];
		}
		await client.query('ROLLBACK');
		console.log(out.join('\t'));
	}
	await client.end();
}

main().catch((error) => { console.error(error); process.exit(1); });
