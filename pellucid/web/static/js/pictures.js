// A drawing as a picture: <button data-picture="name"> beside an SVG in the same card saves it as name.png, in the colours of the page.
// What the sheets say is written into the copy as attributes: a picture knows no sheet, and styles of its own are not allowed.
const SAID = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "paint-order", "text-anchor", "font-size",
  "font-weight", "font-family"];
const SHARP = 2;

function drawing(svg) {
  const copy = svg.cloneNode(true);
  const from = [svg, ...svg.querySelectorAll("*")];
  const to = [copy, ...copy.querySelectorAll("*")];
  from.forEach((element, at) => {
    const style = getComputedStyle(element);
    for (const name of SAID) to[at].setAttribute(name, style.getPropertyValue(name));
  });
  const { width, height } = svg.viewBox.baseVal;
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", width * SHARP);
  copy.setAttribute("height", height * SHARP);
  return { text: new XMLSerializer().serializeToString(copy), width: width * SHARP, height: height * SHARP };
}

async function save(svg, name) {
  const { text, width, height } = drawing(svg);
  const address = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  const image = new Image(width, height);
  image.src = address;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  const pen = canvas.getContext("2d");
  pen.fillStyle = getComputedStyle(svg.closest(".card") || document.body).backgroundColor;
  pen.fillRect(0, 0, width, height);
  pen.drawImage(image, 0, 0, width, height);
  URL.revokeObjectURL(address);
  const link = document.createElement("a");
  link.download = `${name}.png`;
  link.href = canvas.toDataURL("image/png");
  link.click();
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-picture]");
  const svg = button?.closest(".card")?.querySelector("svg.plot");
  if (svg) save(svg, button.dataset.picture);
});
