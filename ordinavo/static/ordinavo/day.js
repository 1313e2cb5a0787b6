// Shows the rows of the list of a day on a map. Without this script, the list has all that the map shows.
const map = document.getElementById("day-map");
const rows = [...document.querySelectorAll("tr.stop[data-lat]")];

function element(name, text, className) {
  const made = document.createElement(name);
  if (text) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// One icon for each kind, with the symbol of the legend: 2,000 markers share them.
const icons = Object.fromEntries(
  [...document.querySelectorAll(".day-legend .mark")].map(({ classList, textContent }) => [
    classList[1].replace("mark-", ""),
    L.divIcon({ className: "", iconSize: [24, 24], html: `<span class="${classList}">${textContent}</span>` }),
  ]),
);

function popup(row) {
  const box = element("div");
  const link = row.querySelector(".stop-link").cloneNode(true);
  box.append(link, element("div", row.querySelector(".stop-title").textContent));
  for (const name of ["stop-customer", "stop-phone", "stop-address", "stop-window", "stop-notes"]) {
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

// The names of the cities, the one with the most stops first: the background of a map without tiles.
function placesOf(rows) {
  const places = new Map();
  for (const { dataset } of rows) {
    if (!dataset.city) continue;
    const place = places.get(dataset.city) ?? { city: dataset.city, lat: 0, lon: 0, number: 0 };
    place.lat += Number(dataset.lat);
    place.lon += Number(dataset.lon);
    place.number += 1;
    places.set(dataset.city, place);
  }
  return [...places.values()].sort((a, b) => b.number - a.number);
}

// Where the name of a place may stand, beside the mean of the coordinates of its stops. The numbers are those of day.css.
const SIDES = {
  top: (x, y, width) => [x - width / 2, y - 38, x + width / 2, y - 22],
  bottom: (x, y, width) => [x - width / 2, y + 22, x + width / 2, y + 38],
  right: (x, y, width) => [x + 24, y - 8, x + 24 + width, y + 8],
  left: (x, y, width) => [x - 24 - width, y - 8, x - 24, y + 8],
};

function overlap(one, other) {
  return one[0] < other[2] && other[0] < one[2] && one[1] < other[3] && other[1] < one[3];
}

function within(box, outer) {
  return box[0] >= outer[0] && box[1] >= outer[1] && box[2] <= outer[2] && box[3] <= outer[3];
}

// Each name goes to the first side where it covers no marker and no other name and is not cut. It is hidden if there is none.
function arrange(view, places, clusters, markers) {
  const icons = new Set(markers.map((marker) => clusters.getVisibleParent(marker)).filter(Boolean));
  const taken = [...icons].map((icon) => {
    const { x, y } = view.latLngToLayerPoint(icon.getLatLng());
    const radius = icon.getChildCount ? 20 : 12;
    return [x - radius, y - radius, x + radius, y + radius];
  });
  const start = view.containerPointToLayerPoint([0, 0]);
  const end = view.containerPointToLayerPoint(view.getSize());
  taken.push([start.x, start.y, start.x + 48, start.y + 80], [start.x, end.y - 30, start.x + 130, end.y]); // Zoom and scale.
  for (const { label, width, position } of places) {
    const { x, y } = view.latLngToLayerPoint(position);
    const sides = Object.entries(SIDES).map(([side, box]) => [side, box(x, y, width)]);
    const free = sides.find(([, box]) => within(box, [start.x, start.y, end.x, end.y]) && !taken.some((other) => overlap(box, other)));
    label.dataset.side = free ? free[0] : "";
    if (free) taken.push(free[1]);
  }
}

function addPlaces(view, clusters, markers) {
  const places = placesOf(rows);
  for (const place of places) {
    place.position = L.latLng(place.lat / place.number, place.lon / place.number);
    place.label = element("span", place.city, "place");
    const icon = L.divIcon({ className: "", iconSize: [0, 0], html: place.label });
    L.marker(place.position, { icon, interactive: false, keyboard: false, pane: "tilePane" }).addTo(view);
  }
  for (const place of places) place.width = place.label.offsetWidth;
  const again = () => arrange(view, places, clusters, markers);
  again();
  view.on("moveend", again);
}

function show() {
  map.hidden = false;
  const view = L.map(map, { zoomControl: false, maxZoom: 18, zoomSnap: 0.5, attributionControl: Boolean(map.dataset.tiles) });
  L.control.zoom({ zoomInTitle: map.dataset.zoomIn, zoomOutTitle: map.dataset.zoomOut }).addTo(view);
  // The scale changes the page, and other scripts watch every change of the page. So it waits for the end of a move.
  L.control.scale({ imperial: false, updateWhenIdle: true }).addTo(view);
  const clusters = L.markerClusterGroup({ iconCreateFunction: clusterIcon, maxClusterRadius: 45, animate: false });
  const markers = rows.map(markerOf);
  view.fitBounds(L.latLngBounds(markers.map((marker) => marker.getLatLng())), { padding: [30, 30], maxZoom: 14 });
  if (map.dataset.tiles) {
    // Public tile servers ask for the Referer; they learn the origin of this site, and no path.
    L.tileLayer(map.dataset.tiles, {
      attribution: map.dataset.attribution,
      maxZoom: 18,
      referrerPolicy: "strict-origin-when-cross-origin",
    }).addTo(view);
  }
  clusters.addLayers(markers);
  view.addLayer(clusters);
  if (!map.dataset.tiles) addPlaces(view, clusters, markers);
  map.dataset.ready = "yes";
}

if (map && rows.length) show();
