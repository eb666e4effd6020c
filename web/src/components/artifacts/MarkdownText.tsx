// Markdown that a step wrote. Raw HTML in it is shown as text, only images that it brings along are drawn, and links open elsewhere.

import Markdown, { defaultUrlTransform } from "react-markdown";
import remarkGfm from "remark-gfm";

import { safeLink } from "../../model/previews";
import styles from "./artifacts.module.css";

const ownImage = (address: string): boolean => /^data:image\/(png|jpeg|gif|webp);base64,/i.test(address);

export default function MarkdownText({ text, label }: { text: string; label: string }) {
  return (
    <div className={styles.markdown} tabIndex={0} role="region" aria-label={`Content of ${label}`}>
      <Markdown
        remarkPlugins={[remarkGfm]}
        urlTransform={(address, key) => (key === "src" && ownImage(address) ? address : defaultUrlTransform(address))}
        components={{
          a: ({ href, children }) =>
            safeLink(href) === undefined ? (
              <span>{children}</span>
            ) : (
              <a href={safeLink(href)} rel="noreferrer noopener" target="_blank">
                {children}
              </a>
            ),
          img: ({ src, alt }) =>
            typeof src === "string" && ownImage(src) ? <img src={src} alt={alt ?? ""} /> : <span>[image{alt === undefined || alt === "" ? "" : `: ${alt}`}, not loaded from {src}]</span>,
        }}
      >
        {text}
      </Markdown>
    </div>
  );
}
