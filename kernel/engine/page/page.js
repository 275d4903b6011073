"use strict";
// The page's end of the connection with a session: globalThis.gonb_comm, with the methods that GoNB documents for it.
// It opens a WebSocket of its own to the Jupyter server and a comm through that.
(() => {
    const config = __CONFIG__;
    const log = (...what) => {
        if (globalThis.gonb_comm && globalThis.gonb_comm.debug) {
            console.log("gonb_comm:", ...what);
        }
    };

    // Where the server is: below a path of its own, say on a hub, and with a token if the page has one.
    const settings = () => {
        const element = document.getElementById("jupyter-config-data");
        const found = element ? JSON.parse(element.textContent) : {};
        const base = found.baseUrl || (document.body && document.body.dataset.baseUrl) || "/";
        return { base: new URL(found.wsUrl || base, document.location.href), token: found.token || "" };
    };

    class Connection {
        constructor() {
            this.debug = false;
            this.session = crypto.randomUUID();
            this.commID = crypto.randomUUID();
            this.waiting = []; // what is sent before the kernel was heard
            this.connected = false;
            this.closed = false;
            this.listeners = new Map(); // address to Map of symbol to callback
            this.addresses = new Map(); // symbol to address
            this.variables = new Map(); // address to SyncedVariable
            const { base, token } = settings();
            const url = new URL("api/kernels/" + config.kernel + "/channels", base.href.replace(/\/?$/, "/"));
            url.protocol = url.protocol.replace(/^http/, "ws");
            url.searchParams.set("session_id", this.session);
            if (token) {
                url.searchParams.set("token", token);
            }
            this.socket = new WebSocket(url);
            this.socket.onopen = () => {
                this.post("comm_open", { comm_id: this.commID, target_name: config.target, kernel_id: config.kernel, data: {} });
                // The server may not listen to the kernel yet when that answers.
                this.asking = setInterval(() => this.say("#heartbeat/ping", true), 100);
            };
            this.socket.onmessage = (event) => this.receive(event.data);
            this.socket.onclose = () => this.close();
            this.socket.onerror = () => console.error("gonb_comm: the connection to the kernel failed");
        }

        post(type, content) {
            const header = {
                msg_id: crypto.randomUUID(), msg_type: type, session: this.session, username: "", version: "5.4",
                date: new Date().toISOString(),
            };
            this.socket.send(JSON.stringify({ header, msg_id: header.msg_id, msg_type: type, parent_header: {}, metadata: {}, content, channel: "shell", buffers: [] }));
        }

        say(address, value) {
            this.post("comm_msg", { comm_id: this.commID, data: { address, value } });
        }

        // heard is called when the first message has come from the kernel.
        heard() {
            this.connected = true;
            clearInterval(this.asking);
            this.say("#comm_open_ack", true);
            for (const [address, value] of this.waiting.splice(0)) {
                this.say(address, value);
            }
        }

        receive(data) {
            if (typeof data !== "string") {
                return; // messages with buffers are not for us
            }
            const message = JSON.parse(data);
            const type = message.msg_type || (message.header && message.header.msg_type);
            if (!message.content || message.content.comm_id !== this.commID) {
                return;
            }
            if (type === "comm_close") {
                this.close();
                return;
            }
            if (type !== "comm_msg") {
                return;
            }
            const { address, value, read_request } = message.content.data;
            log("got", address, value);
            if (!this.connected) {
                this.heard();
            }
            if (address === "#heartbeat/ping") {
                this.send("#heartbeat/pong", true);
            } else if (read_request) {
                const variable = this.variables.get(address);
                if (variable) {
                    this.send(address, variable.get());
                }
            } else {
                for (const callback of [...(this.listeners.get(address) || new Map()).values()]) {
                    callback(address, value);
                }
            }
        }

        // send sends a value to the programs of the session that listen to the address.
        send(address, value) {
            log("send", address, value);
            if (this.connected && !this.closed) {
                this.say(address, value);
            } else {
                this.waiting.push([address, value]);
            }
        }

        // subscribe calls callback(address, value) for each value sent to the address, until unsubscribe.
        subscribe(address, callback) {
            const id = Symbol(address);
            if (!this.listeners.has(address)) {
                this.listeners.set(address, new Map());
            }
            this.listeners.get(address).set(id, callback);
            this.addresses.set(id, address);
            return id;
        }

        unsubscribe(id) {
            const address = this.addresses.get(id);
            this.addresses.delete(id);
            const callbacks = this.listeners.get(address);
            if (callbacks && callbacks.delete(id) && callbacks.size === 0) {
                this.listeners.delete(address);
            }
        }

        // newSyncedVariable returns the variable of an address, which has the same value here and in the programs.
        newSyncedVariable(address, value) {
            let variable = this.variables.get(address);
            if (variable) {
                variable.set(value);
                return variable;
            }
            variable = new SyncedVariable(this, address);
            this.variables.set(address, variable);
            variable.set(value);
            return variable;
        }

        close() {
            if (this.closed) {
                return;
            }
            this.closed = true;
            clearInterval(this.asking);
            this.socket.close();
            if (globalThis.gonb_comm === this) {
                delete globalThis.gonb_comm;
            }
        }
    }

    class SyncedVariable {
        constructor(connection, address) {
            this.connection = connection;
            this.address = address;
            this.value = null;
            this.callbacks = new Map();
            connection.subscribe(address, (_, value) => this.take(value));
        }

        take(value) {
            if (this.value === value) {
                return false;
            }
            this.value = value;
            for (const callback of [...this.callbacks.values()]) {
                callback(value);
            }
            return true;
        }

        // set changes the value here and in the programs.
        set(value) {
            if (this.take(value)) {
                (globalThis.gonb_comm || this.connection).send(this.address, value);
            }
        }

        get() {
            return this.value;
        }

        subscribe(callback) {
            const id = Symbol(this.address);
            this.callbacks.set(id, callback);
            return id;
        }

        unsubscribe(id) {
            this.callbacks.delete(id);
        }
    }

    if (globalThis.gonb_comm) {
        globalThis.gonb_comm.close();
    }
    globalThis.gonb_comm = new Connection();
})();
