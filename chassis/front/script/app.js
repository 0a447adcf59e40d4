// Everything works without this file; it only makes some things nicer.
import {
  Accordion, Button, CharacterCount, Checkboxes, createAll, ErrorSummary, FileUpload, NotificationBanner,
  PasswordInput, Radios, SkipLink, Tabs,
} from "govuk-frontend";

const WORDS = {
  characterCount: {
    charactersUnderLimit: { other: "Sisa %{count} karakter" },
    charactersAtLimit: "Karakter sudah habis",
    charactersOverLimit: { other: "Kelebihan %{count} karakter" },
  },
  passwordInput: {
    showPassword: "Lihat",
    hidePassword: "Tutup",
    showPasswordAriaLabel: "Perlihatkan kata sandi",
    hidePasswordAriaLabel: "Sembunyikan kata sandi",
    passwordShownAnnouncement: "Kata sandi Anda terlihat",
    passwordHiddenAnnouncement: "Kata sandi Anda tersembunyi",
  },
  fileUpload: {
    chooseFilesButton: "Pilih berkas",
    dropInstruction: "atau letakkan berkas di sini",
    noFileChosen: "Belum ada berkas",
    multipleFilesChosen: { other: "%{count} berkas dipilih" },
    enteredDropZone: "Masuk ke tempat berkas",
    leftDropZone: "Keluar dari tempat berkas",
  },
};

function enhance() {
  const words = document.documentElement.lang === "id" ? WORDS : {};
  const configured = (part) => (words[part] ? { i18n: words[part] } : {});
  // A browser that runs modules supports everything the components need.
  document.body.classList.add("js-enabled", "govuk-frontend-supported");
  createAll(CharacterCount, configured("characterCount"));
  createAll(PasswordInput, configured("passwordInput"));
  createAll(FileUpload, configured("fileUpload"));
  createAll(Button, { preventDoubleClick: true });
  for (const part of [Accordion, Checkboxes, ErrorSummary, NotificationBanner, Radios, SkipLink, Tabs]) createAll(part);
  document.querySelectorAll("button[data-copy]").forEach(offerCopy);
  document.querySelectorAll("button[data-print]").forEach(offerPrint);
}

function offerCopy(button) {
  if (!navigator.clipboard) return;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const said = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => (button.textContent = said), 2000);
  });
}

function offerPrint(button) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}

enhance();
