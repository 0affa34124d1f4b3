// What curl is asked and what it must have seen. Data only; URL stands for the server's, CONTENT for a file of 3 MiB.

export interface CurlCase {
  readonly title: string;
  readonly args: readonly string[];
  /** Standard input is this text, or the file. */
  readonly input?: string;
  /** What curl writes: the answer's content, and what -w asks for behind it. */
  readonly output: string;
  /** Lines of curl's account (-v): what it sent (">") and saw ("<"). */
  readonly account?: readonly RegExp[];
}

export const CURL_CASES: readonly CurlCase[] = [
  {
    title: "reuses a connection for two requests of --http1.1",
    args: ["--http1.1", "-w", " %{http_code} %{http_version} %{num_connects}\n", "URL/", "URL/"],
    output: "hello 200 1.1 1\nhello 200 1.1 0\n",
  },
  {
    title: "gets an answer and the end of the connection for --http1.0",
    args: ["--http1.0", "-w", " %{http_code} %{num_connects}\n", "URL/", "URL/"],
    output: "hello 200 1\nhello 200 1\n",
    account: [/^> GET \/ HTTP\/1\.0$/m, /^< HTTP\/1\.1 200 OK$/m, /^< Connection: close$/m],
  },
  {
    title: "reuses a connection for --http1.0 that asks to keep it",
    args: [
      ...["--http1.0", "-H", "Connection: keep-alive"],
      ...["-w", " %{num_connects}\n", "URL/", "URL/"],
    ],
    output: "hello 1\nhello 0\n",
    account: [/^< Connection: keep-alive$/m],
  },
  {
    title: "gets what it sends with --http1.0, up to the end of the connection",
    args: ["--http1.0", "--data-binary", "@-", "-H", "Content-Type: text/plain", "URL/echo"],
    input: "to and fro",
    output: "to and fro",
    account: [/^< Content-Type: text\/plain$/m, /^< Connection: close$/m],
  },
  {
    title: "gets what it uploads chunked with -T -",
    args: ["--http1.1", "-X", "POST", "-T", "-", "URL/echo"],
    input: "an upload of unknown length",
    output: "an upload of unknown length",
    account: [/^> Transfer-Encoding: chunked$/m, /^< Transfer-Encoding: chunked$/m],
  },
  {
    title: "decodes gzip with --compressed",
    args: ["--http1.1", "--compressed", "-w", " %{size_download}", "URL/gzip"],
    output: "hello 25",
    account: [/^< Content-Encoding: gzip$/m, /^< Content-Length: 25$/m],
  },
  {
    title: "is told to continue for -H 'Expect: 100-continue' before it sends content",
    args: [
      ...["--http1.1", "-H", "Expect: 100-continue", "--expect100-timeout", "4"],
      ...["--data-binary", "@CONTENT", "-o", "/dev/null", "URL/echo"],
      ...["-w", "%{http_code} %{size_upload} %{size_download}"],
    ],
    output: "200 3145728 3145728",
    account: [
      /^> Expect: 100-continue$/m,
      /^< HTTP\/1\.1 100 Continue$[\s\S]*^< HTTP\/1\.1 200 OK$/m,
    ],
  },
  {
    title: "gets the final answer at once for -H 'Expect: 100-continue' to what nobody reads",
    args: [
      ...["--http1.1", "-H", "Expect: 100-continue", "--expect100-timeout", "4"],
      ...["--data-binary", "@CONTENT", "-o", "/dev/null", "URL/nowhere"],
      ...["-w", "%{http_code} %{size_upload}"],
    ],
    output: "404 0",
    account: [/^< HTTP\/1\.1 404 Not Found$/m, /^< Connection: close$/m],
  },
  {
    title: "sees the fields of GET and no content for -I",
    args: ["--http1.1", "-I", "-o", "/dev/null", "-w", "%{http_code} %{size_download}", "URL/"],
    output: "200 0",
    account: [/^> HEAD \/ HTTP\/1\.1$/m, /^< Content-Length: 5$/m],
  },
];
