// HEAD and OPTIONS are in the document for programs; people find them in every path's Allow header.
async function show() {
  const answer = await fetch("openapi.json");
  const api = await answer.json();
  for (const path of Object.values(api.paths)) {
    delete path.head;
    delete path.options;
  }
  const options = {
    // Its search runs in a worker made from a blob, which the page's Content-Security-Policy does not allow.
    disableSearch: true,
    downloadUrls: [{ title: "openapi.json", url: "openapi.json" }],
    expandResponses: "",
    hideLoading: true,
    requiredPropsFirst: true,
    theme: { typography: { fontFamily: "system-ui, sans-serif", headings: { fontFamily: "system-ui, sans-serif" } } },
  };
  Redoc.init(api, options, document.getElementById("api"));
}

show();
