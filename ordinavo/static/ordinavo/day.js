// Shows the rows of the list of a day on a map. Without this script, the list has all that the map shows.
const map = document.getElementById("day-map");
const rows = [...document.querySelectorAll("tr.stop")].filter((row) => row.dataset.lat);
const SYMBOLS = { cancelled: "×", warned: "!", corrected: "✎", plain: "" };

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// One icon for each kind: 2,000 markers share them.
const icons = Object.fromEntries(
  Object.entries(SYMBOLS).map(([kind, symbol]) => [
    kind,
    L.divIcon({ className: "", iconSize: [24, 24], html: `<span class="mark mark-${kind}">${symbol}</span>` }),
  ]),
);

function popup(row) {
  const box = element("div");
  const link = row.querySelector(".stop-link").cloneNode(true);
  box.append(link, element("div", row.querySelector(".stop-title").textContent));
  for (const name of ["stop-customer", "stop-window", "stop-notes"]) {
    // The marks are symbols beside words, so the words suffice.
    const cell = row.querySelector(`.${name}`).cloneNode(true);
    for (const mark of cell.querySelectorAll(".mark")) mark.remove();
    const text = cell.textContent.replace(/\s+/g, " ").trim();
    if (text) box.append(element("div", text));
  }
  return box;
}

function markerOf(row) {
  const name = `${row.querySelector(".stop-link").textContent} ${row.querySelector(".stop-title").textContent}`;
  const marker = L.marker([Number(row.dataset.lat), Number(row.dataset.lon)], {
    icon: icons[row.dataset.kind],
    title: name,
    alt: name,
  });
  return marker.bindPopup(() => popup(row));
}

function clusterIcon(cluster) {
  const html = `<span class="cluster">${cluster.getChildCount()}</span>`;
  return L.divIcon({ className: "", iconSize: [40, 40], html });
}

// The names of the cities at the mean of the coordinates of their stops: the background of a map without tiles.
function addPlaces(view) {
  const places = new Map();
  for (const { dataset } of rows) {
    if (!dataset.city) continue;
    const place = places.get(dataset.city) ?? { lat: 0, lon: 0, number: 0 };
    place.lat += Number(dataset.lat);
    place.lon += Number(dataset.lon);
    place.number += 1;
    places.set(dataset.city, place);
  }
  for (const [city, { lat, lon, number }] of places) {
    const label = element("span", city, "place");
    label.style.display = "block";
    const icon = L.divIcon({ className: "", iconSize: [0, 0], html: label });
    L.marker([lat / number, lon / number], { icon, interactive: false, keyboard: false, pane: "tilePane" }).addTo(view);
  }
}

function show() {
  map.hidden = false;
  const view = L.map(map, { zoomControl: false, maxZoom: 18, zoomSnap: 0.5, attributionControl: Boolean(map.dataset.tiles) });
  L.control.zoom({ zoomInTitle: map.dataset.zoomIn, zoomOutTitle: map.dataset.zoomOut }).addTo(view);
  L.control.scale({ imperial: false }).addTo(view);
  const clusters = L.markerClusterGroup({ iconCreateFunction: clusterIcon, chunkedLoading: true, maxClusterRadius: 45, animate: false });
  const markers = rows.map(markerOf);
  view.fitBounds(L.latLngBounds(markers.map((marker) => marker.getLatLng())), { padding: [30, 30], maxZoom: 14 });
  if (map.dataset.tiles) {
    // Public tile servers ask for the Referer; they learn the origin of this site, and no path.
    L.tileLayer(map.dataset.tiles, {
      attribution: map.dataset.attribution,
      maxZoom: 18,
      referrerPolicy: "strict-origin-when-cross-origin",
    }).addTo(view);
  } else {
    addPlaces(view);
  }
  clusters.addLayers(markers);
  view.addLayer(clusters);
  map.dataset.ready = "yes";
}

if (map && rows.length) show();
