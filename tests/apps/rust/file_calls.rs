//! Calls of std::fs, and of libc where std has none. Arguments: the call, and a path.
use std::ffi::{c_char, c_int, c_void, CStr, CString};
use std::io::Write;
use std::os::fd::AsRawFd;
use std::os::unix::fs::{FileExt, MetadataExt};

#[repr(C)]
struct Entry {
    inode: u64,
    offset: i64,
    length: u16,
    kind: u8,
    name: [c_char; 256],
}

extern "C" {
    fn opendir(path: *const c_char) -> *mut c_void;
    fn closedir(directory: *mut c_void) -> c_int;
    fn readdir(directory: *mut c_void) -> *mut Entry;
    fn readdir64(directory: *mut c_void) -> *mut Entry;
    fn statx(directory: c_int, path: *const c_char, flags: c_int, mask: u32, buffer: *mut u32) -> c_int;
}

fn names(path: &CStr, next: unsafe extern "C" fn(*mut c_void) -> *mut Entry) -> Vec<String> {
    let mut found = vec![];
    unsafe {
        let directory = opendir(path.as_ptr());
        assert!(!directory.is_null());
        loop {
            let entry = next(directory);
            if entry.is_null() {
                break;
            }
            found.push(CStr::from_ptr((*entry).name.as_ptr()).to_string_lossy().into_owned());
        }
        closedir(directory);
    }
    found.sort();
    found
}

/// Mode and size, by path and by descriptor.
fn extended(path: &CStr, file: &std::fs::File) -> [(u32, u64); 2] {
    let ask = |directory, path: &CStr, flags| unsafe {
        let mut buffer = [0u32; 64];
        assert_eq!(statx(directory, path.as_ptr(), flags, 0x7ff, buffer.as_mut_ptr()), 0);
        assert_eq!(buffer[0] & 0x7ff, 0x7ff, "the mask says what is known");
        (buffer[7] & 0xffff, buffer[10] as u64)
    };
    const EMPTY_PATH: c_int = 0x1000;
    [ask(-100, path, 0), ask(file.as_raw_fd(), c"", EMPTY_PATH)]
}

fn main() -> std::io::Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    let path = &arguments[2];
    let c_path = CString::new(path.as_str())?;
    match arguments[1].as_str() {
        "opendir" => unsafe { println!("{}", !opendir(c_path.as_ptr()).is_null()) },
        "readdir" => {
            let listed = names(&c_path, readdir);
            assert_eq!(listed, names(&c_path, readdir64));
            println!("{}", listed.join(" "));
        }
        "statx" => println!("{:?}", extended(&c_path, &std::fs::File::open(path)?)),
        "pwrite" => {
            std::fs::write(path, "0123456789")?;
            let mut file = std::fs::OpenOptions::new().read(true).write(true).open(path)?;
            file.write_all_at(b"abc", 0)?;
            file.flush()?;
            drop(file);
            let content = std::fs::read_to_string(path)?;
            println!("{content} {}", std::fs::metadata(path)?.size());
            std::fs::remove_file(path)?;
        }
        other => panic!("no call {other}"),
    }
    Ok(())
}
