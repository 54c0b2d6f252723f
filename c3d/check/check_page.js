// Pictures get their bytes when they come near the window: a page of thousands opens at once.
{
  const element = document.getElementById("data");
  const pictures = element === null ? [] : JSON.parse(element.textContent).pictures;
  const show = (image) => { image.src = "data:image/jpeg;base64," + pictures[image.dataset.picture]; };
  const observer = new IntersectionObserver((entries) => {
    for (const entry of entries) {
      if (!entry.isIntersecting) continue;
      show(entry.target);
      observer.unobserve(entry.target);
    }
  }, { rootMargin: "600px" });
  const images = document.querySelectorAll("img[data-picture]");
  for (const image of images) observer.observe(image);
  addEventListener("beforeprint", () => images.forEach(show));
}
