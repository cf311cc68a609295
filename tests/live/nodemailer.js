// SPDX-License-Identifier: BSD-2-Clause
// Sends by nodemailer, for clients.py. Arguments: the folder where it is
// installed; on standard input JSON: {"options": of the transport, "mails":
// [of sendMail]}. Prints what came of each as JSON, one a line.
"use strict";
const path = require("path");
const nodemailer = require(path.join(process.argv[2], "node_modules",
	"nodemailer"));

let text = "";
process.stdin.on("data", (piece) => { text += piece; });
process.stdin.on("end", async () => {
	const job = JSON.parse(text);
	const transport = nodemailer.createTransport(job.options);
	const results = job.mails.map((mail) => {
		if (mail.raw)
			mail.raw = Buffer.from(mail.raw, "base64");
		return transport.sendMail(mail).then(
			(info) => ({ response: info.response,
				rejected: info.rejected }),
			(error) => ({ code: error.responseCode || 0,
				response: error.response || error.message }));
	});
	for (const result of await Promise.all(results))
		console.log(JSON.stringify(result));
	transport.close();
});
